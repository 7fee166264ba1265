// SPDX-License-Identifier: Apache-2.0
import com.google.zxing.WriterException;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import com.google.zxing.qrcode.encoder.ByteMatrix;
import com.google.zxing.qrcode.encoder.Encoder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.fontbox.ttf.TTFParser;
import org.apache.fontbox.ttf.TrueTypeFont;
import org.apache.pdfbox.io.RandomAccessReadBuffer;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.apache.pdfbox.pdmodel.graphics.image.LosslessFactory;

/**
 * The page as PDFBox draws it: a font that was read once and of which each document has its own subset, texts, rules and the
 * QR. What stands where is a file of lines, their words separated by tabs, in points from the lower left corner:
 * text X BASELINE SIZE left|center|right TEXT, with values as {name}; line X1 Y1 X2 Y2; qr X Y SIDE.
 */
final class Page {
    private enum Align { LEFT, CENTER, RIGHT }

    private record Text(float x, float y, float size, Align align, String words) {}

    private record Line(float x1, float y1, float x2, float y2) {}

    private static final float LINE_WIDTH = 0.57f;

    private final TrueTypeFont font;
    private final List<Text> texts = new ArrayList<>();
    private final List<Line> lines = new ArrayList<>();
    private float qrX;
    private float qrY;
    private float qrSide;

    Page(Path fontFile, Path description) throws IOException {
        font = new TTFParser(true).parse(new RandomAccessReadBuffer(Files.readAllBytes(fontFile)));
        for (String row : Files.readAllLines(description)) {
            String[] words = row.split("\t");
            float[] at = new float[4];
            for (int i = 0; i < at.length && i + 1 < words.length && words[i + 1].matches("[-0-9.]+"); ++i) {
                at[i] = Float.parseFloat(words[i + 1]);
            }
            switch (words[0]) {
                case "text" -> texts.add(new Text(at[0], at[1], at[2], Align.valueOf(words[4].toUpperCase()), words[5]));
                case "line" -> lines.add(new Line(at[0], at[1], at[2], at[3]));
                case "qr" -> {
                    qrX = at[0];
                    qrY = at[1];
                    qrSide = at[2];
                }
                default -> throw new IOException("not a line of a page: " + row);
            }
        }
    }

    /** The caller closes it. */
    PDDocument draw(Map<String, String> values, String qrText) throws IOException, WriterException {
        PDDocument document = new PDDocument();
        PDPage page = new PDPage(PDRectangle.A4);
        document.addPage(page);
        PDFont face = PDType0Font.load(document, font, true);
        try (PDPageContentStream content = new PDPageContentStream(document, page)) {
            content.setLineWidth(LINE_WIDTH);
            for (Line line : lines) {
                content.moveTo(line.x1, line.y1);
                content.lineTo(line.x2, line.y2);
            }
            content.stroke();
            content.beginText();
            float x = 0;
            float y = 0;
            float size = 0;
            for (Text text : texts) {
                String words = filled(text.words, values);
                float width = text.align == Align.LEFT ? 0 : face.getStringWidth(words) / 1000 * text.size;
                float start = text.x - (text.align == Align.CENTER ? width / 2 : width);
                if (text.size != size) {
                    size = text.size;
                    content.setFont(face, size);
                }
                content.newLineAtOffset(start - x, text.y - y);
                content.showText(words);
                x = start;
                y = text.y;
            }
            content.endText();
            content.drawImage(LosslessFactory.createFromImage(document, symbol(qrText)), qrX, qrY, qrSide, qrSide);
        }
        return document;
    }

    private static String filled(String words, Map<String, String> values) {
        int open = words.indexOf('{');
        if (open < 0) {
            return words;
        }
        int close = words.indexOf('}', open);
        return words.substring(0, open) + values.get(words.substring(open + 1, close)) + filled(words.substring(close + 1), values);
    }

    /** One pixel for a module, one bit for a pixel. */
    private static BufferedImage symbol(String text) throws WriterException {
        ByteMatrix modules = Encoder.encode(text, ErrorCorrectionLevel.M).getMatrix();
        BufferedImage image = new BufferedImage(modules.getWidth(), modules.getHeight(), BufferedImage.TYPE_BYTE_BINARY);
        for (int y = 0; y < modules.getHeight(); ++y) {
            for (int x = 0; x < modules.getWidth(); ++x) {
                image.getRaster().setSample(x, y, 0, modules.get(x, y) == 1 ? 0 : 1);
            }
        }
        return image;
    }
}
