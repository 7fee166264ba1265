// SPDX-License-Identifier: Apache-2.0
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.common.PDRectangle;

/**
 * What Apache PDFBox, Bouncy Castle and ZXing need for the page that `yinxin bench page` makes: draw it, seal it with an
 * RSA-2048 key, write the file. No register, no verification, no PDF/A, no fsync. Requests: make FONT PAGE SEAL.png
 * "X Y WIDTH HEIGHT" FOLDER, once; then run count=N | seconds=N, which answers with the rate.
 */
final class Peer {
    private static final int TOKEN_BYTES = 145;  // as many characters as a token of ours
    private static final String ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    private static final String[] FAMILY = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周"};
    private static final String[] GIVEN = {"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰"};

    private final Page page;
    private final Sealer sealer;
    private final Path folder;
    private final Random random = new Random();
    private long made;

    private Peer(Page page, Sealer sealer, Path folder) {
        this.page = page;
        this.sealer = sealer;
        this.folder = folder;
    }

    public static void main(String[] arguments) throws Exception {
        Peer[] peer = new Peer[1];
        Requests.serve(arguments, (command, words) -> switch (command) {
            case "make" -> {
                float[] at = new float[4];
                for (int i = 0; i < at.length; ++i) {
                    at[i] = Float.parseFloat(words.plain().get(3).split(" ")[i]);
                }
                PDRectangle place = new PDRectangle(at[0], at[1], at[2], at[3]);
                Sealer sealer = new Sealer(new Cms(Identity.make()), Path.of(words.plain().get(2)), place);
                Page page = new Page(Path.of(words.plain().get(0)), Path.of(words.plain().get(1)));
                peer[0] = new Peer(page, sealer, Path.of(words.plain().get(4)));
                yield Json.object("made", true);
            }
            case "run" -> peer[0].run(
                Long.parseLong(words.one("count", String.valueOf(Long.MAX_VALUE))), Double.parseDouble(words.one("seconds", "1e9")));
            default -> throw new IllegalArgumentException(command);
        });
    }

    private Map<String, Object> run(long count, double seconds) throws Exception {
        long cpu = cpuNanoseconds();
        long start = System.nanoTime();
        long done = 0;
        for (; done < count && System.nanoTime() - start < seconds * 1e9; ++done) {
            document();
        }
        double taken = (System.nanoTime() - start) / 1e9;
        Path last = file(made - 1);
        return Json.object(
            "documents", done, "made_per_s", done / taken, "cpu_us_per_document", (cpuNanoseconds() - cpu) / 1e3 / done,
            "pdf_bytes", Files.size(last), "last", last.toString());
    }

    private void document() throws Exception {
        String code = symbols(16);
        byte[] token = new byte[TOKEN_BYTES];
        random.nextBytes(token);
        String qr = "http://127.0.0.1:8080/v/" + code + "#" + Base64.getUrlEncoder().withoutPadding().encodeToString(token);
        Map<String, String> values = Map.of(
            "name", FAMILY[random.nextInt(FAMILY.length)] + GIVEN[random.nextInt(GIVEN.length)] + GIVEN[random.nextInt(GIVEN.length)],
            "id", String.format(Locale.ROOT, "990000%08d%04d", 19500101 + made % 500_000, made % 10_000),
            "number", String.format(Locale.ROOT, "2026990001%08d", made),
            "code", code.replaceAll("(.{4})(?!$)", "$1-"));
        ByteArrayOutputStream drawn = new ByteArrayOutputStream();
        try (PDDocument document = page.draw(values, qr)) {
            document.save(drawn);
        }
        Files.deleteIfExists(file(made));
        try (OutputStream out = Files.newOutputStream(file(made))) {
            sealer.seal(drawn.toByteArray(), out);
        }
        ++made;
    }

    /**
     * A hundred files are kept at once, so that a long run does not fill the disk. One that is there is removed, as
     * the bench it is measured beside does: written over it would be sent to the disk as it is closed.
     */
    private Path file(long serial) {
        return folder.resolve(serial % 100 + ".pdf");
    }

    private String symbols(int count) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < count; ++i) {
            out.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return out.toString();
    }

    private static long cpuNanoseconds() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime();
    }
}
