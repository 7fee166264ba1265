// SPDX-License-Identifier: Apache-2.0
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Throw-away keys and certificates in a folder, NAME.key (PKCS#8) and NAME.cer (DER): root, ca, maker, signer, tsa. */
final class SmKeys {
    static final List<String> NAMES = List.of("root", "ca", "maker", "signer", "tsa");
    private static final Date START = Date.from(Instant.parse("2026-01-01T00:00:00Z"));
    private static final Date END = Date.from(Instant.parse("2049-12-31T00:00:00Z"));

    private SmKeys() {}

    static Object make(String folder) throws Exception {
        Path place = Files.createDirectories(Path.of(folder));
        for (String name : NAMES) {
            boolean authority = name.equals("root") || name.equals("ca");
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", Ses.PROVIDER);
            generator.initialize(new ECGenParameterSpec(name.equals("tsa") ? "P-256" : "sm2p256v1"));
            KeyPair keys = generator.generateKeyPair();
            String issuer = name.equals("root") || name.equals("ca") ? "root" : "ca";
            PrivateKey by = name.equals("root") ? keys.getPrivate() : key(folder, issuer);
            var builder = new JcaX509v3CertificateBuilder(named(issuer), BigInteger.valueOf(NAMES.indexOf(name) + 1), START, END, named(name), keys.getPublic());
            var utils = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(keys.getPublic()));
            if (!name.equals("root")) {
                builder.addExtension(Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(certificate(folder, issuer)));
            }
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(authority ? KeyUsage.keyCertSign | KeyUsage.cRLSign
                    : name.equals("tsa") ? KeyUsage.digitalSignature : KeyUsage.digitalSignature | KeyUsage.nonRepudiation));
            if (name.equals("tsa")) {
                builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(KeyPurposeId.id_kp_timeStamping));
            }
            X509Certificate made = new JcaX509CertificateConverter().setProvider(Ses.PROVIDER)
                    .getCertificate(builder.build(new JcaContentSignerBuilder("SM3withSM2").setProvider(Ses.PROVIDER).build(by)));
            Files.write(place.resolve(name + ".key"), keys.getPrivate().getEncoded());
            Files.write(place.resolve(name + ".cer"), made.getEncoded());
        }
        return Json.object("made", NAMES);
    }

    static PrivateKey key(String folder, String name) throws Exception {
        byte[] der = Files.readAllBytes(Path.of(folder, name + ".key"));
        return KeyFactory.getInstance("EC", Ses.PROVIDER).generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    static X509Certificate certificate(String folder, String name) throws Exception {
        try (InputStream in = Files.newInputStream(Path.of(folder, name + ".cer"))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509", Ses.PROVIDER).generateCertificate(in);
        }
    }

    private static X500Name named(String name) {
        return new X500Name("C=CN,O=Yinxin Test,OU=DEMO,CN=ofdrw test " + name);
    }
}
