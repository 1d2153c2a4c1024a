package io.github.lovaszdjl.app.check;

import java.util.List;

/**
 * What the process of an engine hands over.
 *
 * @param checks what it found so far, a check a device
 * @param refused why it checked nothing: the engine sees no such device; null if it does
 */
public record CheckPart(List<EngineCheck> checks, String refused) {}
