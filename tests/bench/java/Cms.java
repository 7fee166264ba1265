// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.SignerInfoGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/**
 * PAdES B-B by Bouncy Castle (ETSI EN 319 142-1, 6.3): signing-certificate-v2, no signing-time. The RSA arithmetic is that of
 * the JDK, which is the faster of the two.
 */
final class Cms {
    private final CMSSignedDataGenerator generator = new CMSSignedDataGenerator();

    Cms(Identity identity) throws GeneralSecurityException, OperatorCreationException, CMSException {
        X509Certificate certificate = identity.chain().get(0);
        ESSCertIDv2 id = new ESSCertIDv2(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        AttributeTable own = new AttributeTable(new Attribute(
            PKCSObjectIdentifiers.id_aa_signingCertificateV2, new DERSet(new SigningCertificateV2(new ESSCertIDv2[] {id}))));
        DefaultSignedAttributeTableGenerator defaults = new DefaultSignedAttributeTableGenerator(own);
        SignerInfoGenerator signer =
            new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
                .setSignedAttributeGenerator(parameters -> without(CMSAttributes.signingTime, defaults.getAttributes(parameters)))
                .build(new JcaContentSignerBuilder("SHA256withRSA").build(identity.key()), certificate);
        generator.addSignerInfoGenerator(signer);
        generator.addCertificates(new JcaCertStore(identity.chain()));
    }

    byte[] sign(InputStream content) throws IOException {
        try {
            return generator.generate(new CMSProcessableByteArray(content.readAllBytes()), false).getEncoded();
        } catch (CMSException error) {
            throw new IOException(error);
        }
    }

    private static AttributeTable without(ASN1ObjectIdentifier type, AttributeTable table) {
        return table.remove(type);
    }
}
