package io.github.lovaszdjl.model;

import ai.djl.MalformedModelException;
import ai.djl.util.ClassLoaderUtils;
import java.lang.reflect.Modifier;

/** Classes that the description of a saved model names. */
final class NamedClass {

    private NamedClass() {}

    /**
     * Finds a class and runs none of its code, as a file may name any.
     *
     * @param key the key it is the value of
     * @throws MalformedModelException if there is no such class, or it is of another type, or has
     *     no public constructor without arguments; names the key
     */
    static <T> Class<? extends T> find(String key, String name, Class<T> type)
            throws MalformedModelException {
        try {
            Class<?> found = find(name);
            if (!type.isAssignableFrom(found)) {
                throw new MalformedModelException(
                        String.format(
                                "%s: expected a class that implements %s, got %s",
                                key, type.getName(), name));
            }
            checkConstructor(key, found);
            return found.asSubclass(type);
        } catch (ClassNotFoundException | LinkageError e) {
            throw new MalformedModelException(
                    key + ": expected a class on the class path, got " + name, e);
        } catch (IllegalArgumentException e) {
            throw new MalformedModelException(e.getMessage(), e);
        }
    }

    private static Class<?> find(String name) throws ClassNotFoundException {
        try {
            return Class.forName(name, false, ClassLoaderUtils.getContextClassLoader());
        } catch (ClassNotFoundException e) {
            // The library's own classes are found whatever the thread is.
            return Class.forName(name, false, NamedClass.class.getClassLoader());
        }
    }

    /** Throws an IllegalArgumentException unless a class can be instantiated. */
    static void checkConstructor(String key, Class<?> type) {
        try {
            boolean concrete = !Modifier.isAbstract(type.getModifiers());
            if (concrete
                    && Modifier.isPublic(type.getModifiers())
                    && Modifier.isPublic(type.getConstructor().getModifiers())) {
                return;
            }
        } catch (NoSuchMethodException e) {
            // told below
        }
        throw new IllegalArgumentException(
                String.format(
                        "%s: expected a public class with a public constructor without arguments,"
                                + " got %s",
                        key, type.getName()));
    }

    static <T> T newInstance(Class<T> type) {
        try {
            return type.getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getName() + " cannot be made: " + e, e);
        }
    }
}
