package io.github.lovaszdjl.app.run;

import io.github.lovaszdjl.app.picture.Pictures;
import io.github.lovaszdjl.internal.WholeFile;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder that {@code --out} names and that may hold files already. No file is replaced in it but
 * one that a command wrote there and nobody has changed since.
 *
 * <p>For that the folder keeps {@code .lovasz-files}, which has the SHA-256 and the name of every
 * file written, in the form of {@code sha256sum}. A line is added before its file gets its name, so
 * that a command that is killed in between leaves no file that the next one would not know. Where a
 * file was written several times, each of the last sums is good: a process may have been killed
 * before the last of them was in place.
 *
 * <p>One process at a time has the folder, from when it is looked at or made until it is closed:
 * two would each keep a list of their own.
 */
public final class OutputFolder implements AutoCloseable {

    /** The name of the list. */
    public static final String LIST = ".lovasz-files";

    private static final String HEADER = "# Files that lovasz wrote and may replace: SHA-256, name";
    private static final Pattern LINE = Pattern.compile("(\\\\?)(\\p{XDigit}{64})  (.+)");

    /** How many sums of a file are kept. Two would do for one process at a time. */
    private static final int KEPT = 8;

    private final Path folder;

    /** The last sums of each file by its name, see {@link #key}. */
    private final Map<String, Deque<String>> sums = new HashMap<>();

    /** The lines of the list as they should be; null once it is like that. */
    private List<String> rewritten;

    /** Null as long as there is no folder. */
    private RunFolder.Lock lock;

    private OutputFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * Looks at a folder; nothing is written yet but a lock, where the folder exists.
     *
     * @param out the folder; it need not exist
     * @throws IOException if it is a file or a run's, lies in a data set, its list cannot be read,
     *     it cannot be written to, or another process works on it
     */
    public static OutputFolder open(Path out) throws IOException {
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new IOException("--out: expected a folder, got the file " + out);
        }
        DataFolders.checkOutside(out);
        RunFolder run = new RunFolder(out);
        // Whose training would replace what is written there.
        if (run.isBegun() || Files.exists(run.checkpoint())) {
            throw new IOException(
                    "--out: expected a folder that is not a training's own, got "
                            + out
                            + "; a folder in it will do, such as "
                            + out.resolve("results"));
        }
        OutputFolder folder = new OutputFolder(out);
        if (Files.exists(out)) {
            folder.lock();
        }
        try {
            folder.readList();
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
        return folder;
    }

    private void lock() throws IOException {
        RunFolder.Lock taken;
        try {
            taken = new RunFolder(folder).lock();
        } catch (IOException e) {
            throw notWritable(e);
        }
        try {
            taken.check();
        } catch (IOException e) {
            taken.close();
            throw e;
        }
        lock = taken;
    }

    @Override
    public void close() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }

    public Path path() {
        return folder;
    }

    private void readList() throws IOException {
        Path list = folder.resolve(LIST);
        if (!Files.exists(list, LinkOption.NOFOLLOW_LINKS)) {
            rewritten = List.of();
            return;
        }
        String text;
        try {
            text = Files.readString(list);
        } catch (IOException e) {
            throw new IOException(list + ": cannot be read: " + WholeFile.reason(e), e);
        }
        if (Files.isSymbolicLink(list) || !text.startsWith(HEADER + "\n")) {
            throw new IOException(
                    "--out: expected a list of files that lovasz wrote, got another file, " + list);
        }
        // A process that was killed may have left half a line.
        int end = text.lastIndexOf('\n') + 1;
        List<String> lines = text.substring(HEADER.length() + 1, end).lines().toList();
        List<String> kept = new ArrayList<>();
        // From the newest on, to drop the oldest.
        for (int i = lines.size() - 1; i >= 0; i--) {
            Matcher line = LINE.matcher(lines.get(i));
            if (line.matches()) {
                String name = line.group(1).isEmpty() ? line.group(3) : unescaped(line.group(3));
                Deque<String> known = sums.computeIfAbsent(key(name), k -> new ArrayDeque<>());
                String sum = line.group(2).toLowerCase(Locale.ROOT);
                if (known.size() < KEPT && !known.contains(sum)) {
                    known.addFirst(sum);
                    kept.add(0, lines.get(i));
                }
            }
        }
        if (kept.size() < lines.size() || end < text.length()) {
            rewritten = kept;
        }
    }

    /**
     * Checks that files may be written.
     *
     * @param names the names, with '/' between folders
     * @throws IOException if one exists that no command wrote, or that was changed since; or would
     *     go to a data set by a link
     */
    public void checkReplaced(Collection<String> names) throws IOException {
        Set<Path> parents = new HashSet<>();
        for (String name : names) {
            Path file = folder.resolve(name);
            if (parents.add(file.getParent())) {
                DataFolders.checkOutside(file.getParent());
            }
            checkReplaced(name);
        }
    }

    private void checkReplaced(String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        boolean own =
                Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        && sums.containsKey(key(name))
                        && sums.get(key(name)).contains(sum(file));
        if (!own) {
            throw new IOException(
                    "--out: expected a folder in which no file is replaced but those that this"
                            + " command wrote and nobody changed, got "
                            + file
                            + "; choose another folder");
        }
    }

    /**
     * Checks that a folder in this one holds no files but those that commands wrote, changed or
     * not. Hidden files are passed over.
     *
     * @param name its name; it need not exist
     * @throws IOException if it holds another
     */
    public void checkHoldsNoOther(String name) throws IOException {
        Path inner = folder.resolve(name);
        if (!Files.exists(inner)) {
            return;
        }
        if (!Files.isDirectory(inner)) {
            throw new IOException("--out: expected a folder " + inner + ", got a file");
        }
        // Of a link to a folder, walk would see the link alone.
        Path start = inner.toRealPath();
        try (Stream<Path> all = Files.walk(start)) {
            for (Path file : (Iterable<Path>) all::iterator) {
                String below = start.relativize(file).toString().replace(File.separatorChar, '/');
                if (!Files.isDirectory(file)
                        && !Files.isHidden(file)
                        && !sums.containsKey(key(name + "/" + below))) {
                    throw new IOException(
                            "--out: expected a folder whose "
                                    + name
                                    + " this command wrote, got "
                                    + inner.resolve(start.relativize(file))
                                    + ", which it did not; choose another folder");
                }
            }
        }
    }

    /**
     * Makes and locks the folder and finds out now, not after hours, whether it can be written to.
     */
    public void make() throws IOException {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, ".writable", null));
        } catch (IOException e) {
            throw notWritable(e);
        }
        if (lock == null) {
            lock();
            readList(); // another process may have made the folder in the meantime
        }
    }

    private IOException notWritable(IOException e) {
        return new IOException(
                "--out: the folder " + folder + " cannot be written to: " + WholeFile.reason(e), e);
    }

    /** Writes a text, see {@link #write}. */
    public void writeText(String name, String text) throws IOException {
        write(name, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Writes a picture, see {@link #write}. */
    public void writePicture(String name, BufferedImage image) throws IOException {
        write(name, Pictures.png(image));
    }

    /**
     * Writes a file, wholly or not at all.
     *
     * @param name its name, with '/' between folders
     * @param content what to write
     * @throws IOException if it cannot be written, or would replace a file that is not a command's
     */
    public void write(String name, WholeFile.Content content) throws IOException {
        checkReplaced(name);
        WholeFile.write(
                folder.resolve(name),
                out -> {
                    MessageDigest digest = sha256();
                    DigestOutputStream summed = new DigestOutputStream(out, digest);
                    content.write(summed);
                    summed.flush();
                    list(name, HexFormat.of().formatHex(digest.digest()));
                });
    }

    /**
     * Gives a file its name that a worker wrote, see {@link #write}.
     *
     * @param name its name, with '/' between folders
     * @param written the file, in this folder; whole
     * @throws IOException if it is not there, or would replace a file that is not a command's
     */
    void take(String name, Path written) throws IOException {
        checkReplaced(name);
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        list(name, sum(written));
        Files.move(
                written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void list(String name, String sum) throws IOException {
        Deque<String> known = sums.computeIfAbsent(key(name), k -> new ArrayDeque<>());
        String line =
                escaped(name).equals(name) ? sum + "  " + name : "\\" + sum + "  " + escaped(name);
        if (rewritten != null) {
            List<String> lines = new ArrayList<>(rewritten);
            lines.remove(line); // the newest comes last
            lines.add(line);
            lines.add(0, HEADER);
            String text = String.join("\n", lines) + "\n";
            WholeFile.write(
                    folder.resolve(LIST), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
            rewritten = null;
        } else if (known.isEmpty() || !known.getLast().equals(sum)) {
            byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
            try (FileChannel channel =
                    FileChannel.open(
                            folder.resolve(LIST),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.APPEND)) {
                channel.write(ByteBuffer.wrap(bytes));
                channel.force(false);
            }
        }
        known.addLast(sum);
    }

    private static String sum(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** Some file systems take A and a for one. */
    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private static String escaped(String name) {
        return name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String unescaped(String name) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '\\' && i + 1 < name.length()) {
                char next = name.charAt(++i);
                text.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }
}
