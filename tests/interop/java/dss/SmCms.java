// SPDX-License-Identifier: Apache-2.0
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** SM2 with SM3 in CMS, and chains of SM2 certificates, as Bouncy Castle sees them: always with the ID 1234567812345678. */
final class SmCms {
    private static final BouncyCastleProvider PROVIDER = new BouncyCastleProvider();

    /** A SignedData over the bytes of a file, its one signer, and, where roots are given, the signer's chain. */
    Object verify(Requests.Words words) throws Exception {
        byte[] der = Files.readAllBytes(Path.of(words.plain().get(0)));
        byte[] content = Files.readAllBytes(Path.of(words.plain().get(1)));
        ContentInfo outer;
        int length;
        try (ASN1InputStream in = new ASN1InputStream(der)) {
            outer = ContentInfo.getInstance(in.readObject());
            length = der.length - in.readAllBytes().length;
        }
        boolean canonical = Arrays.equals(outer.getEncoded("DER"), Arrays.copyOf(der, length));
        CMSSignedData cms = new CMSSignedData(new CMSProcessableByteArray(content), outer);
        List<SignerInformation> signers = new ArrayList<>(cms.getSignerInfos().getSigners());
        if (signers.size() != 1) {
            throw new IllegalArgumentException(signers.size() + " signers");
        }
        SignerInformation signer = signers.get(0);
        X509CertificateHolder holder = null;
        List<X509Certificate> others = new ArrayList<>();
        for (Object each : cms.getCertificates().getMatches(null)) {
            if (signer.getSID().match(each)) {
                holder = (X509CertificateHolder) each;
            } else {
                others.add(converted((X509CertificateHolder) each));
            }
        }
        boolean valid = false;
        String error = holder == null ? "no certificate of the signer" : null;
        if (holder != null) {
            try {
                valid = signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider(PROVIDER).build(converted(holder)));
            } catch (CMSException wrong) {
                error = wrong.toString();  // a digest that differs comes as an exception
            }
        }
        return Json.object("valid", valid, "error", error, "canonical_der", canonical, "length", length,
                "content_type", outer.getContentType().getId(),
                "inner_type", SignedData.getInstance(outer.getContent()).getEncapContentInfo().getContentType().getId(),
                "digest", signer.getDigestAlgOID(), "signature", signer.getEncryptionAlgOID(),
                "signed_attributes", oids(signer.getSignedAttributes()), "unsigned_attributes", oids(signer.getUnsignedAttributes()),
                "signer", holder == null ? null : holder.getSubject().toString(),
                "chain", holder == null || words.all("trust").isEmpty() ? null : path(words, converted(holder), others));
    }

    /** The certificates in the order given, leaf last, under one of the roots. */
    Object chain(Requests.Words words) throws Exception {
        List<X509Certificate> certificates = new ArrayList<>();
        for (String file : words.plain()) {
            certificates.add(read(file));
        }
        X509Certificate leaf = certificates.remove(certificates.size() - 1);
        return path(words, leaf, certificates);
    }

    private static Object path(Requests.Words words, X509Certificate leaf, List<X509Certificate> others) throws Exception {
        Set<TrustAnchor> anchors = new HashSet<>();
        for (String root : words.all("trust")) {
            anchors.add(new TrustAnchor(read(root), null));
        }
        List<X509Certificate> order = new ArrayList<>(List.of(leaf));
        List<X509Certificate> left = new ArrayList<>(others);
        for (boolean found = true; found; ) {
            X509Certificate last = order.get(order.size() - 1);
            found = false;
            for (X509Certificate each : left) {
                if (each.getSubjectX500Principal().equals(last.getIssuerX500Principal()) && !order.contains(each)) {
                    order.add(each);
                    found = true;
                    break;
                }
            }
        }
        X509Certificate last = order.get(order.size() - 1);
        if (order.size() > 1 && last.getSubjectX500Principal().equals(last.getIssuerX500Principal())) {
            order.remove(order.size() - 1);  // a root that was sent along; the anchor is what counts
        }
        PKIXParameters parameters = new PKIXParameters(anchors);
        parameters.setRevocationEnabled(false);
        if (words.one("at", null) != null) {
            parameters.setDate(Date.from(Instant.parse(words.one("at", null))));
        }
        try {
            CertPathValidator.getInstance("PKIX", PROVIDER)
                    .validate(CertificateFactory.getInstance("X.509", PROVIDER).generateCertPath(order), parameters);
            return Json.object("valid", true, "length", order.size() + 1, "error", null);
        } catch (CertPathValidatorException wrong) {
            return Json.object("valid", false, "length", order.size() + 1, "error", wrong.getMessage() + " (" + wrong.getReason() + ")");
        }
    }

    private static X509Certificate read(String file) throws Exception {
        try (InputStream in = new ByteArrayInputStream(Files.readAllBytes(Path.of(file)))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509", PROVIDER).generateCertificate(in);
        }
    }

    private static X509Certificate converted(X509CertificateHolder holder) throws Exception {
        return new JcaX509CertificateConverter().setProvider(PROVIDER).getCertificate(holder);
    }

    private static List<Object> oids(AttributeTable table) {
        List<Object> found = new ArrayList<>();
        if (table != null) {
            for (Attribute attribute : table.toASN1Structure().getAttributes()) {
                found.add(attribute.getAttrType().getId());
            }
        }
        return found;
    }
}
