// SPDX-License-Identifier: Apache-2.0
/**
 * EU DSS and today's Bouncy Castle.
 * <pre>
 * pades FILE.pdf trust=ANCHOR.pem ... [revocation=online|file] [at=2031-01-01T00:00:00Z]    Pades
 * cms SIGNATURE.der CONTENT [trust=ROOT.pem ...] [at=...]                                   SmCms
 * chain trust=ROOT.pem ... CERTIFICATE ... (leaf last) [at=...]                             SmCms
 * </pre>
 */
final class DssOracle {
    public static void main(String[] arguments) throws Exception {
        Pades pades = new Pades();
        SmCms cms = new SmCms();
        Requests.serve(arguments, (command, words) -> switch (command) {
            case "pades" -> pades.validate(words);
            case "cms" -> cms.verify(words);
            case "chain" -> cms.chain(words);
            default -> throw new IllegalArgumentException("no such command: " + command);
        });
    }
}
