// SPDX-License-Identifier: Apache-2.0
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How an oracle is asked. With arguments: one request, one line of JSON. Without: a request a line on standard input, its
 * words separated by tabs, and a line of JSON for each, so that one JVM serves a whole test run.
 */
final class Requests {
    interface Oracle {
        /** What the oracle says; whatever it throws is answered as {"failed": ...} and never as a verdict. */
        Object answer(String command, Words words) throws Exception;
    }

    /** The words after the command: plain ones in order, and KEY=VALUE ones, a key once or several times. */
    static final class Words {
        private final List<String> plain = new ArrayList<>();
        private final List<String> named = new ArrayList<>();

        private Words(List<String> words) {
            for (String word : words) {
                (word.matches("[a-z]+=.*") ? named : plain).add(word);
            }
        }

        List<String> plain() {
            return plain;
        }

        List<String> all(String key) {
            List<String> found = new ArrayList<>();
            for (String word : named) {
                if (word.startsWith(key + "=")) {
                    found.add(word.substring(key.length() + 1));
                }
            }
            return found;
        }

        String one(String key, String otherwise) {
            List<String> found = all(key);
            return found.isEmpty() ? otherwise : found.get(0);
        }
    }

    private Requests() {}

    static void serve(String[] arguments, Oracle oracle) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err);  // what a library prints is no answer
        if (arguments.length > 0) {
            out.println(answer(List.of(arguments), oracle));
            return;
        }
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(List.of(line.split("\t")), oracle));
            out.flush();
        }
    }

    private static String answer(List<String> words, Oracle oracle) {
        try {
            return Json.text(oracle.answer(words.get(0), new Words(words.subList(1, words.size()))));
        } catch (Exception | LinkageError error) {
            return Json.text(Json.object("failed", error.toString()));
        }
    }
}
