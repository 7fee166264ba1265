// SPDX-License-Identifier: Apache-2.0
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.jcajce.provider.digest.SM3;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.util.encoders.Hex;
import org.ofdrw.gm.ses.v4.CertDigestObj;
import org.ofdrw.gm.ses.v4.SES_CertList;
import org.ofdrw.gm.ses.v4.SES_ESPropertyInfo;
import org.ofdrw.gm.ses.v4.SES_Signature;
import org.ofdrw.gm.ses.v4.SESeal;
import org.ofdrw.gm.ses.v4.TBS_Sign;
import org.ofdrw.gm.sm2strut.GBT35275Validate;
import org.ofdrw.gm.sm2strut.VerifyInfo;

/**
 * Seals and seal signatures of GB/T 38540 (V4), each step by itself: parsed by ofdrw, verified by Bouncy Castle, whose SM2 ID is
 * 1234567812345678 where none is named. ofdrw encodes anew what it parsed and drops what it did not expect, so nothing is valid
 * unless it encodes to the very bytes that were read (canonical_der).
 */
final class Ses {
    static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();

    private Ses() {}

    static Object signature(String file, String contentFile) throws Exception {
        byte[] der = Files.readAllBytes(Path.of(file));
        Outer outer = new Outer(der);
        SES_Signature signature = SES_Signature.getInstance(outer.sequence);
        TBS_Sign toSign = signature.getToSign();
        byte[] hash = new SM3.Digest().digest(Files.readAllBytes(Path.of(contentFile)));
        Map<String, Object> seal = describe(toSign.getEseal());
        Date signed = toSign.getTimeInfo().getDate();
        boolean versions = toSign.getVersion().equals(toSign.getEseal().geteSealInfo().getHeader().getVersion());
        boolean signatureGood = verifies(signature.getCert(), signature.getSignatureAlgID().getId(), toSign.getEncoded("DER"), signature.getSignature());
        boolean hashGood = Arrays.equals(hash, toSign.getDataHash().getOctets());
        boolean listed = lists(toSign.getEseal().geteSealInfo().getProperty(), signature.getCert().getOctets());
        SES_ESPropertyInfo property = toSign.getEseal().geteSealInfo().getProperty();
        boolean within = !signed.before(property.getValidStart().getDate()) && !signed.after(property.getValidEnd().getDate());
        boolean canonical = Arrays.equals(signature.getEncoded("DER"), Arrays.copyOf(der, outer.length));
        boolean valid = (boolean) seal.get("signature") && versions && signatureGood && hashGood && listed && within && canonical;
        return Json.object("valid", valid, "version", toSign.getVersion().getValue(), "versions_agree", versions,
                "signature", signatureGood, "data_hash", hashGood, "signer_in_seal", listed, "within_validity", within,
                "canonical_der", canonical, "length", outer.length,
                "time", toSign.getTimeInfo().getTimeString(), "property_info", toSign.getPropertyInfo().getString(),
                "signer", certificate(signature.getCert()).getSubjectX500Principal().getName(),
                "signer_der", Hex.toHexString(signature.getCert().getOctets()),
                "time_stamp_bytes", signature.getTimeStamp() == null ? 0 : signature.getTimeStamp().getOctets().length, "seal", seal);
    }

    static Object seal(String file) throws Exception {
        byte[] der = Files.readAllBytes(Path.of(file));
        Outer outer = new Outer(der);
        SESeal seal = SESeal.getInstance(outer.sequence);
        Map<String, Object> said = describe(seal);
        said.put("canonical_der", Arrays.equals(seal.getEncoded("DER"), Arrays.copyOf(der, outer.length)));
        return said;
    }

    /** GB/T 35275 SignedData by ofdrw's own verifier. */
    static Object signedData(String file, String contentFile) throws Exception {
        byte[] der = Files.readAllBytes(Path.of(file));
        VerifyInfo said = GBT35275Validate.validate("1.2.156.10197.1.501", Files.readAllBytes(Path.of(contentFile)),
                Arrays.copyOf(der, new Outer(der).length));
        return Json.object("valid", said.result, "error", said.hit);
    }

    private static Map<String, Object> describe(SESeal seal) throws Exception {
        SES_ESPropertyInfo property = seal.geteSealInfo().getProperty();
        byte[] picture = seal.geteSealInfo().getPicture().getData().getOctets();
        return Json.object("signature",
                verifies(seal.getCert(), seal.getSignAlgID().getId(), seal.geteSealInfo().getEncoded("DER"), seal.getSignedValue()),
                "version", seal.geteSealInfo().getHeader().getVersion().getValue(), "vid", seal.geteSealInfo().getHeader().getVid().getString(),
                "es_id", seal.geteSealInfo().getEsID().getString(), "type", property.getType().getValue(), "name", property.getName().getString(),
                "cert_list_type", property.getCertListType().getValue(), "valid_start", property.getValidStart().getTimeString(),
                "valid_end", property.getValidEnd().getTimeString(), "picture_type", seal.geteSealInfo().getPicture().getType().getString(),
                "picture_bytes", picture.length, "picture_sm3", Hex.toHexString(new SM3.Digest().digest(picture)),
                "width", seal.geteSealInfo().getPicture().getWidth().getValue(), "height", seal.geteSealInfo().getPicture().getHeight().getValue(),
                "maker", certificate(seal.getCert()).getSubjectX500Principal().getName(),
                "maker_der", Hex.toHexString(seal.getCert().getOctets()));
    }

    private static boolean lists(SES_ESPropertyInfo property, byte[] signer) {
        SES_CertList list = property.getCertList();
        List<byte[]> wanted = new ArrayList<>();
        if (property.getCertListType().getValue().intValue() == 1) {
            for (ASN1OctetString each : list.getCerts()) {
                wanted.add(each.getOctets());
            }
            return wanted.stream().anyMatch(each -> Arrays.equals(each, signer));
        }
        for (CertDigestObj each : list.getCertDigestList()) {
            wanted.add(each.getValue().getOctets());
        }
        byte[] digest = new SM3.Digest().digest(signer);
        return wanted.stream().anyMatch(each -> Arrays.equals(each, digest));
    }

    private static boolean verifies(ASN1OctetString signer, String algorithm, byte[] signed, ASN1BitString value) throws Exception {
        Signature check = Signature.getInstance(algorithm, PROVIDER);
        check.initVerify(certificate(signer).getPublicKey());
        check.update(signed);
        try {
            return check.verify(value.getOctets());
        } catch (GeneralSecurityException notDer) {
            return false;
        }
    }

    private static X509Certificate certificate(ASN1OctetString der) throws GeneralSecurityException {
        return (X509Certificate) CertificateFactory.getInstance("X.509", PROVIDER).generateCertificate(new ByteArrayInputStream(der.getOctets()));
    }

    /** The first object of a field that may be padded, and how long it is. */
    private static final class Outer {
        final ASN1Sequence sequence;
        final int length;

        Outer(byte[] der) throws IOException {
            try (ASN1InputStream in = new ASN1InputStream(der)) {
                sequence = ASN1Sequence.getInstance(in.readObject());
                length = der.length - in.readAllBytes().length;
            }
        }
    }
}
