// SPDX-License-Identifier: Apache-2.0
#include "pdf/picture_object.h"

#include <array>
#include <charconv>
#include <system_error>

#include "common/deflate.h"
#include "common/error.h"

namespace yinxin::pdf {
namespace {

/// Upright on the page as it is shown: the matrix turns with /Rotate, the box is then fitted into
/// /Rect (12.5.5, algorithm 8.1).
const char* upright_matrix(int rotate) {
    switch (rotate) {
        case 90:
            return "[0 1 -1 0 0 0]";
        case 180:
            return "[-1 0 0 -1 0 0]";
        case 270:
            return "[0 -1 1 0 0 0]";
        default:
            return "[1 0 0 1 0 0]";
    }
}

std::string image_members(const PictureImage& image, const char* space) {
    return "/Type /XObject /Subtype /Image /Width " + std::to_string(image.width) + " /Height " +
           std::to_string(image.height) + " /ColorSpace /" + space + " /BitsPerComponent 8";
}

std::string stream(const std::string& members, const Bytes& zlib) {
    return "<<" + members + "/Filter/FlateDecode/Length " + std::to_string(zlib.size()) +
           ">>\nstream\n" + std::string(as_text(zlib)) + "\nendstream";
}

reader::Reference put_image(ObjectSink& objects,
                            const PictureImage& image,
                            const PictureStreams& streams) {
    const reader::Reference mask = objects.new_object(), colour = objects.new_object();
    objects.put(mask, stream(image_members(image, "DeviceGray"), streams.alpha));
    objects.put(
        colour,
        stream(image_members(image, "DeviceRGB") + " /SMask " + reference_text(mask), streams.rgb));
    return colour;
}

}  // namespace

std::string number_text(double value) {
    std::array<char, 320> text;  // the largest has 309 digits before the point
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 3);
    YINXIN_ASSERT(end.ec == std::errc());
    std::string out(text.data(), end.ptr);
    out.erase(out.find_last_not_of('0') + 1);
    return out.ends_with('.') ? out.substr(0, out.size() - 1) : out;
}

std::shared_ptr<const PictureStreams> compressed(const Picture& picture) {
    auto out = std::make_shared<PictureStreams>();
    if (picture.image) {
        const std::string draw = "/G gs\nq " + number_text(picture.width) + " 0 0 " +
                                 number_text(picture.height) + " 0 0 cm /Image Do Q\n";
        out->content = small_deflate(as_bytes(draw));
        out->rgb = small_deflate(picture.image->rgb);
        out->alpha = small_deflate(picture.image->alpha);
    } else {
        out->content = small_deflate(picture.content);
    }
    return out;
}

reader::Reference put_picture(ObjectSink& objects, const Picture& picture, int rotate) {
    const auto streams = picture.streams ? picture.streams : compressed(picture);
    std::string resources = picture.resources.empty() ? "<< >>" : picture.resources;
    if (picture.image) {
        resources = "<< /ExtGState << /G << /BM /Multiply >> >> /XObject << /Image " +
                    reference_text(put_image(objects, *picture.image, *streams)) + " >> >>";
    }
    const reader::Reference form = objects.new_object();
    objects.put(form,
                stream("/Type/XObject/Subtype/Form/BBox[0 0 " + number_text(picture.width) + " " +
                           number_text(picture.height) + "]/Matrix" + upright_matrix(rotate) +
                           "/Resources" + resources,
                       streams->content));
    return form;
}

}  // namespace yinxin::pdf
