// SPDX-License-Identifier: Apache-2.0
import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.service.ocsp.OnlineOCSPSource;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/**
 * What EU DSS says of the signatures of a PDF, under its own default policy in which changes after signing count as
 * failures and not as warnings.
 */
final class Pades {
    private static final List<String> NO_MERE_WARNING = List.of("ByteRangeCollision", "PdfAnnotationOverlap", "PdfVisualDifference",
            "DocMDP", "FieldMDP", "SigFieldLock", "UndefinedChanges");

    private final byte[] policy;

    Pades() throws IOException {
        String text;
        try (InputStream in = Pades.class.getResourceAsStream("/policy/constraint.xml")) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        for (String name : NO_MERE_WARNING) {
            String strict = text.replace("<" + name + " Level=\"WARN\" />", "<" + name + " Level=\"FAIL\" />");
            if (strict.equals(text)) {
                throw new IllegalStateException("the default policy has no <" + name + " Level=\"WARN\" />");
            }
            text = strict;
        }
        policy = text.getBytes(StandardCharsets.UTF_8);
    }

    Object validate(Requests.Words words) {
        LoopbackLoader loader = new LoopbackLoader();
        CommonCertificateVerifier verifier = new CommonCertificateVerifier(true);  // no sources but those set here
        switch (words.one("revocation", "online")) {
            case "online" -> {
                verifier.setOcspSource(new OnlineOCSPSource(loader));
                verifier.setCrlSource(new OnlineCRLSource(loader));
            }
            case "file" -> { }
            default -> throw new IllegalArgumentException("revocation is online or file");
        }
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        for (String pem : words.all("trust")) {
            anchors.addCertificate(DSSUtils.loadCertificate(new File(pem)));
        }
        verifier.setTrustedCertSources(anchors);
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(words.plain().get(0)));
        validator.setCertificateVerifier(verifier);
        if (words.one("at", null) != null) {
            validator.setValidationTime(Date.from(Instant.parse(words.one("at", null))));
        }
        Reports reports = validator.validateDocument(new ByteArrayInputStream(policy));
        SimpleReport simple = reports.getSimpleReport();
        DiagnosticData found = reports.getDiagnosticData();
        List<Object> signatures = new ArrayList<>();
        for (String id : simple.getSignatureIdList()) {
            SignatureWrapper signature = found.getSignatureById(id);
            List<Object> stamps = new ArrayList<>();
            simple.getSignatureTimestamps(id).forEach(stamp -> stamps.add(timestamp(simple, found, stamp.getId())));
            signatures.add(Json.object("field", signature.getFirstFieldName(),
                    "format", String.valueOf(simple.getSignatureFormat(id)).replace('_', '-'),
                    "indication", simple.getIndication(id), "sub_indication", simple.getSubIndication(id),
                    "errors", texts(simple.getAdESValidationErrors(id)), "warnings", texts(simple.getAdESValidationWarnings(id)),
                    "best_time", simple.getBestSignatureTime(id).toInstant(), "timestamps", stamps));
        }
        List<Object> detached = new ArrayList<>();  // document time stamps that belong to no signature
        simple.getTimestampIdList().forEach(id -> detached.add(timestamp(simple, found, id)));
        return Json.object("file", words.plain().get(0), "signatures", signatures, "timestamps", detached, "asked", loader.asked());
    }

    private static Object timestamp(SimpleReport simple, DiagnosticData found, String id) {
        TimestampWrapper stamp = found.getTimestampById(id);
        return Json.object("type", stamp.getType(), "indication", simple.getIndication(id), "sub_indication", simple.getSubIndication(id),
                "time", stamp.getProductionTime().toInstant(), "errors", texts(simple.getAdESValidationErrors(id)),
                "warnings", texts(simple.getAdESValidationWarnings(id)));
    }

    private static List<Object> texts(List<Message> messages) {
        List<Object> found = new ArrayList<>();
        messages.forEach(message -> found.add(message.getValue()));
        return found;
    }
}
