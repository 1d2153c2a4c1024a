/** Helpers shared by the packages of this module; not exported. */
package io.github.lovaszdjl.internal;
