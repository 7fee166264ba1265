// SPDX-License-Identifier: Apache-2.0
/**
 * ofdrw, with the Bouncy Castle it brings.
 * <pre>
 * ses SIGNATURE.der CONTENT        Ses: an electronic seal signature over the bytes of a file
 * seal SEAL.der                    Ses: the seal alone
 * gbt35275 SIGNATURE.der CONTENT   GB/T 35275 SignedData
 * pki FOLDER                       SmKeys: a root, a seal maker and a signer with SM2 keys, and a P-256 time stamp authority
 * make VARIANT CONTENT FOLDER OUT  MakeSes: a signature by the keys of that folder
 * </pre>
 */
final class SesOracle {
    public static void main(String[] arguments) throws Exception {
        Requests.serve(arguments, (command, words) -> switch (command) {
            case "ses" -> Ses.signature(words.plain().get(0), words.plain().get(1));
            case "seal" -> Ses.seal(words.plain().get(0));
            case "gbt35275" -> Ses.signedData(words.plain().get(0), words.plain().get(1));
            case "pki" -> SmKeys.make(words.plain().get(0));
            case "make" -> MakeSes.make(words.plain().get(0), words.plain().get(1), words.plain().get(2), words.plain().get(3));
            default -> throw new IllegalArgumentException("no such command: " + command);
        });
    }
}
