// SPDX-License-Identifier: Apache-2.0
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1UTCTime;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.jcajce.provider.digest.SM3;
import org.bouncycastle.jcajce.spec.SM2ParameterSpec;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampTokenGenerator;
import org.ofdrw.gm.ses.v1.SES_ESPictrueInfo;
import org.ofdrw.gm.ses.v1.SES_Header;
import org.ofdrw.gm.ses.v4.CertDigestList;
import org.ofdrw.gm.ses.v4.CertDigestObj;
import org.ofdrw.gm.ses.v4.CertInfoList;
import org.ofdrw.gm.ses.v4.SES_CertList;
import org.ofdrw.gm.ses.v4.SES_ESPropertyInfo;
import org.ofdrw.gm.ses.v4.SES_SealInfo;
import org.ofdrw.gm.ses.v4.SES_Signature;
import org.ofdrw.gm.ses.v4.SESeal;
import org.ofdrw.gm.ses.v4.TBS_Sign;
import org.ofdrw.gm.sm2strut.ContentInfo;
import org.ofdrw.gm.sm2strut.OIDs;
import org.ofdrw.gm.sm2strut.builder.PKCS9SignedDataBuilder;

/** Signatures as others make them: what our own verifier must accept. The keys are those of SmKeys. */
final class MakeSes {
    private static final ASN1ObjectIdentifier ALGORITHM = GMObjectIdentifiers.sm2sign_with_sm3;
    private static final Date START = Date.from(Instant.parse("2026-01-01T00:00:00Z"));
    private static final Date END = Date.from(Instant.parse("2049-01-01T00:00:00Z"));
    private static final Date SIGNED = Date.from(Instant.parse("2026-06-01T04:00:00Z"));
    private static final String ES_ID = "99000000000009";

    private final String folder;
    private final String variant;

    private MakeSes(String folder, String variant) {
        this.folder = folder;
        this.variant = variant;
    }

    /**
     * v4, v4-digest-list (the seal lists SM3 digests of certificates), v4-raw-signature (64 bytes r, s instead of DER),
     * v4-empty-id (signed with the empty SM2 ID), v4-time-stamp, v5 (with a time stamp in the seal), v1; cms (PKCS#7 OIDs, by
     * Bouncy Castle), cms-gbt35275 (GB/T 35275 OIDs, by ofdrw).
     */
    static Object make(String variant, String contentFile, String folder, String out) throws Exception {
        byte[] content = Files.readAllBytes(Path.of(contentFile));
        MakeSes maker = new MakeSes(folder, variant);
        byte[] der = switch (variant) {
            case "v4", "v4-digest-list", "v4-raw-signature", "v4-empty-id", "v4-time-stamp" -> maker.v4(content);
            case "v5" -> maker.v5(content);
            case "v1" -> maker.v1(content);
            case "cms" -> maker.cms(content);
            case "cms-gbt35275" -> maker.signedData(content);
            default -> throw new IllegalArgumentException("no such variant: " + variant);
        };
        Files.write(Path.of(out), der);
        return Json.object("made", variant, "bytes", der.length);
    }

    private byte[] v4(byte[] content) throws Exception {
        SES_SealInfo info = sealInfo(new ASN1Integer(4));
        SESeal seal = new SESeal().seteSealInfo(info).setCert(certificate("maker")).setSignAlgID(ALGORITHM)
                .setSignedValue(sign("maker", info.getEncoded("DER")));
        TBS_Sign toSign = toSign(new ASN1Integer(4), content).setEseal(seal);
        SES_Signature signature = new SES_Signature().setToSign(toSign).setCert(certificate("signer")).setSignatureAlgID(ALGORITHM)
                .setSignature(sign("signer", toSign.getEncoded("DER")));
        if (variant.equals("v4-time-stamp")) {
            signature.setTimeStamp(new DERBitString(timeStamp(signature.getSignature().getOctets())));
        }
        return signature.getEncoded("DER");
    }

    // GM/T 0031-2025: V4 and a time stamp in the seal. This ofdrw has no class for it, so the outer parts are put together here.
    private byte[] v5(byte[] content) throws Exception {
        SES_SealInfo info = sealInfo(new ASN1Integer(5));
        byte[] sealValue = sign("maker", info.getEncoded("DER"));
        ASN1Sequence seal = new DERSequence(new ASN1Encodable[] {info, octets("maker"), ALGORITHM, new DERBitString(sealValue),
                new DERTaggedObject(true, 0, new DERBitString(timeStamp(sealValue)))});
        TBS_Sign parts = toSign(new ASN1Integer(5), content);
        ASN1Sequence toSign = new DERSequence(new ASN1Encodable[] {parts.getVersion(), seal, parts.getTimeInfo(), parts.getDataHash(),
                parts.getPropertyInfo()});
        return new DERSequence(new ASN1Encodable[] {toSign, octets("signer"), ALGORITHM,
                new DERBitString(sign("signer", toSign.getEncoded("DER")))}).getEncoded("DER");
    }

    private byte[] v1(byte[] content) throws Exception {
        var property = new org.ofdrw.gm.ses.v1.SES_ESPropertyInfo().setType(1).setName("ofdrw test seal")
                .setCertList(new DERSequence(octets("signer"))).setCreateDate(new ASN1UTCTime(START, Locale.ROOT))
                .setValidStart(new ASN1UTCTime(START, Locale.ROOT)).setValidEnd(new ASN1UTCTime(END, Locale.ROOT));
        var info = new org.ofdrw.gm.ses.v1.SES_SealInfo().setHeader(new SES_Header(new ASN1Integer(1), new DERIA5String("OFDRW")))
                .setEsID(ES_ID).setProperty(property).setPicture(picture());
        byte[] signed = new DERSequence(new ASN1Encodable[] {info, octets("maker"), ALGORITHM}).getEncoded("DER");
        var seal = new org.ofdrw.gm.ses.v1.SESeal(info, new org.ofdrw.gm.ses.v1.SES_SignInfo().setCert(octets("maker"))
                .setSignatureAlgorithm(ALGORITHM).setSignData(sign("maker", signed)));
        var toSign = new org.ofdrw.gm.ses.v1.TBS_Sign().setVersion(new ASN1Integer(1)).setEseal(seal)
                .setTimeInfo(new DERBitString(new ASN1UTCTime(SIGNED, Locale.ROOT))).setDataHash(new DERBitString(new SM3.Digest().digest(content)))
                .setPropertyInfo(new DERIA5String("test")).setCert(octets("signer")).setSignatureAlgorithm(ALGORITHM);
        return new org.ofdrw.gm.ses.v1.SES_Signature(toSign, new DERBitString(sign("signer", toSign.getEncoded("DER")))).getEncoded("DER");
    }

    private byte[] cms(byte[] content) throws Exception {
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().setProvider(Ses.PROVIDER).build())
                .build(new JcaContentSignerBuilder("SM3withSM2").setProvider(Ses.PROVIDER).build(SmKeys.key(folder, "signer")), certificate("signer")));
        generator.addCertificates(new JcaCertStore(List.of(certificate("signer"), certificate("ca"))));
        return generator.generate(new CMSProcessableByteArray(content), false).toASN1Structure().getEncoded("DER");
    }

    private byte[] signedData(byte[] content) throws Exception {
        Signature signer = Signature.getInstance("SM3withSM2", Ses.PROVIDER);
        signer.initSign(SmKeys.key(folder, "signer"));
        return new ContentInfo(OIDs.signedData, PKCS9SignedDataBuilder.signedData(content, signer, certificate("signer"), null)).getEncoded("DER");
    }

    private SES_SealInfo sealInfo(ASN1Integer version) throws Exception {
        boolean digests = variant.equals("v4-digest-list");
        SES_CertList list = digests
                ? new SES_CertList(new CertDigestList(new CertDigestObj[] {new CertDigestObj().setType("SM3")
                        .setValue(new SM3.Digest().digest(certificate("signer").getEncoded()))}))
                : new SES_CertList(new CertInfoList().add(octets("signer")));
        SES_ESPropertyInfo property = new SES_ESPropertyInfo().setType(new ASN1Integer(3)).setName(new DERUTF8String("演示印章"))
                .setCertListType(digests ? SES_ESPropertyInfo.CertDigestListType : SES_ESPropertyInfo.CertListType).setCertList(list)
                .setCreateDate(new ASN1GeneralizedTime(START)).setValidStart(new ASN1GeneralizedTime(START)).setValidEnd(new ASN1GeneralizedTime(END));
        return new SES_SealInfo().setHeader(new SES_Header(version, new DERIA5String("OFDRW"))).setEsID(ES_ID).setProperty(property)
                .setPicture(picture());
    }

    private static TBS_Sign toSign(ASN1Integer version, byte[] content) throws Exception {
        return new TBS_Sign().setVersion(version).setTimeInfo(new ASN1GeneralizedTime(SIGNED)).setDataHash(new SM3.Digest().digest(content))
                .setPropertyInfo("test");
    }

    private static SES_ESPictrueInfo picture() throws Exception {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_BINARY);
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(image, "png", png);
        return new SES_ESPictrueInfo().setType("PNG").setData(png.toByteArray()).setWidth(40).setHeight(40);
    }

    private byte[] sign(String who, byte[] bytes) throws Exception {
        Signature signer = Signature.getInstance("SM3withSM2", Ses.PROVIDER);
        if (variant.equals("v4-empty-id")) {
            signer.setParameter(new SM2ParameterSpec(new byte[0]));
        }
        signer.initSign(SmKeys.key(folder, who));
        signer.update(bytes);
        byte[] der = signer.sign();
        if (!variant.equals("v4-raw-signature")) {
            return der;
        }
        byte[] raw = new byte[64];
        ASN1Sequence pair = ASN1Sequence.getInstance(der);
        for (int i = 0; i < 2; ++i) {
            byte[] number = ASN1Integer.getInstance(pair.getObjectAt(i)).getValue().toByteArray();
            int used = Math.min(32, number.length);
            System.arraycopy(number, number.length - used, raw, 32 * (i + 1) - used, used);
        }
        return raw;
    }

    /** RFC 3161, P-256, over the SM3 digest of these bytes. */
    private byte[] timeStamp(byte[] bytes) throws Exception {
        PrivateKey key = SmKeys.key(folder, "tsa");
        var calculators = new JcaDigestCalculatorProviderBuilder().setProvider(Ses.PROVIDER).build();
        var generator = new TimeStampTokenGenerator(
                new JcaSimpleSignerInfoGeneratorBuilder().setProvider(Ses.PROVIDER).build("SHA256withECDSA", key, certificate("tsa")),
                calculators.get(new AlgorithmIdentifier(new ASN1ObjectIdentifier("2.16.840.1.101.3.4.2.1"))), new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"));
        generator.addCertificates(new JcaCertStore(List.of(certificate("tsa"))));
        var request = new TimeStampRequestGenerator();
        request.setCertReq(true);
        return generator.generate(request.generate(GMObjectIdentifiers.sm3, new SM3.Digest().digest(bytes)), BigInteger.ONE, SIGNED).getEncoded();
    }

    private X509Certificate certificate(String name) throws Exception {
        return SmKeys.certificate(folder, name);
    }

    private DEROctetString octets(String name) throws Exception {
        return new DEROctetString(certificate(name).getEncoded());
    }
}
