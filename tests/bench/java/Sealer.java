// SPDX-License-Identifier: Apache-2.0
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Calendar;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.common.PDStream;
import org.apache.pdfbox.pdmodel.graphics.image.PDImageXObject;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotationWidget;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAppearanceDictionary;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAppearanceStream;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.SignatureOptions;
import org.apache.pdfbox.pdmodel.interactive.form.PDAcroForm;
import org.apache.pdfbox.pdmodel.interactive.form.PDSignatureField;

/** A visible seal on a finished file, the way PDFBox wants it: the appearance from a small PDF, an incremental update. */
final class Sealer {
    private static final int CONTENTS_BYTES = 3500;

    private final Cms cms;
    private final byte[] appearance;

    Sealer(Cms cms, Path picture, PDRectangle place) throws IOException {
        this.cms = cms;
        appearance = appearance(picture, place);
    }

    void seal(byte[] file, OutputStream out) throws IOException {
        try (PDDocument document = Loader.loadPDF(file); SignatureOptions options = new SignatureOptions()) {
            PDSignature signature = new PDSignature();
            signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
            signature.setSubFilter(PDSignature.SUBFILTER_ETSI_CADES_DETACHED);
            signature.setSignDate(Calendar.getInstance());
            options.setVisualSignature(new ByteArrayInputStream(appearance));
            options.setPreferredSignatureSize(CONTENTS_BYTES);
            document.addSignature(signature, cms::sign, options);
            document.saveIncremental(out);
        }
    }

    private static byte[] appearance(Path picture, PDRectangle place) throws IOException {
        try (PDDocument document = new PDDocument()) {
            PDPage page = new PDPage(PDRectangle.A4);
            document.addPage(page);
            PDAcroForm form = new PDAcroForm(document);
            document.getDocumentCatalog().setAcroForm(form);
            form.setSignaturesExist(true);
            form.setAppendOnly(true);
            form.getCOSObject().setDirect(true);
            PDSignatureField field = new PDSignatureField(form);
            form.getFields().add(field);
            PDAnnotationWidget widget = field.getWidgets().get(0);
            widget.setRectangle(place);
            PDAppearanceStream drawn = new PDAppearanceStream(new PDStream(document).getCOSObject());
            drawn.setResources(new PDResources());
            drawn.setBBox(new PDRectangle(place.getWidth(), place.getHeight()));
            PDAppearanceDictionary appearances = new PDAppearanceDictionary();
            appearances.setNormalAppearance(drawn);
            widget.setAppearance(appearances);
            try (PDPageContentStream content = new PDPageContentStream(document, drawn)) {
                PDImageXObject image = PDImageXObject.createFromFileByContent(picture.toFile(), document);
                content.drawImage(image, 0, 0, place.getWidth(), place.getHeight());
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            document.save(out);
            return out.toByteArray();
        }
    }
}
