// SPDX-License-Identifier: Apache-2.0
#include "verify/paper/heif_picture.h"

#include <libde265/de265.h>
#include <libheif/heif.h>
#include <libheif/heif_plugin.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "common/error.h"
#include "verify/paper/picture_file.h"

namespace yinxin::verify::paper {
namespace {

// ---- HEVC, as libheif wants a decoder to be. Nothing may be thrown through libheif.

const heif_error kDone{heif_error_Ok, heif_suberror_Unspecified, "Success"};
const heif_error kBroken{
    heif_error_Decoder_plugin_error, heif_suberror_Unspecified, "HEVC that cannot be read"};

const char* plugin_name() {
    return "libde265 without threads";
}

/// For every format: what is not HEVC ends here, not in another decoder that starts threads.
int priority_for(heif_compression_format) {
    return 1000;
}

heif_error new_decoder(void** decoder) {
    *decoder = de265_new_decoder();
    return *decoder != nullptr ? kDone : kBroken;
}

void free_decoder(void* decoder) {
    de265_free_decoder(decoder);
}

/// NAL units, each behind its length in four bytes.
heif_error push_data(void* decoder, const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    std::size_t at = 0;
    while (at + 4 <= size) {
        const std::size_t length = static_cast<std::size_t>(bytes[at]) << 24 |
                                   static_cast<std::size_t>(bytes[at + 1]) << 16 |
                                   static_cast<std::size_t>(bytes[at + 2]) << 8 | bytes[at + 3];
        at += 4;
        if (length > size - at ||
            de265_push_NAL(decoder, bytes + at, static_cast<int>(length), 0, nullptr) != DE265_OK) {
            return kBroken;
        }
        at += length;
    }
    return at == size ? kDone : kBroken;
}

bool copy_plane(const de265_image* from, int plane, heif_image* to, heif_channel channel) {
    const int width = de265_get_image_width(from, plane);
    const int height = de265_get_image_height(from, plane);
    const int bits = de265_get_bits_per_pixel(from, plane);
    if (width < 1 || height < 1 || bits < 8 || bits > 16 ||
        heif_image_add_plane(to, channel, width, height, bits).code != heif_error_Ok) {
        return false;
    }
    int from_stride = 0, to_stride = 0;
    const std::uint8_t* source = de265_get_image_plane(from, plane, &from_stride);
    std::uint8_t* target = heif_image_get_plane(to, channel, &to_stride);
    const std::size_t row_bytes = static_cast<std::size_t>(width) * (bits > 8 ? 2 : 1);
    if (source == nullptr || target == nullptr ||
        row_bytes > static_cast<std::size_t>(std::min(from_stride, to_stride))) {
        return false;
    }
    for (int y = 0; y < height; ++y) {
        std::memcpy(target, source, row_bytes);
        source += from_stride;
        target += to_stride;
    }
    return true;
}

heif_error to_heif(const de265_image* decoded, heif_image** out) {
    const bool grey = de265_get_chroma_format(decoded) == de265_chroma_mono;
    // libheif numbers them as HEVC does
    const auto chroma = static_cast<heif_chroma>(de265_get_chroma_format(decoded));
    heif_image* image = nullptr;
    const heif_error made =
        heif_image_create(de265_get_image_width(decoded, 0),
                          de265_get_image_height(decoded, 0),
                          grey ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
                          chroma,
                          &image);
    if (made.code != heif_error_Ok) {
        return made;
    }
    constexpr std::array kChannels{heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
    for (int plane = 0; plane < (grey ? 1 : 3); ++plane) {
        if (!copy_plane(decoded, plane, image, kChannels.at(static_cast<std::size_t>(plane)))) {
            heif_image_release(image);
            return kBroken;
        }
    }
    *out = image;
    return kDone;
}

/// The first picture there is.
heif_error decode_image(void* decoder, heif_image** out) {
    *out = nullptr;
    de265_flush_data(decoder);
    int more = 1;
    while (more != 0) {
        more = 0;
        if (de265_decode(decoder, &more) != DE265_OK) {
            return kBroken;
        }
        if (const de265_image* decoded = de265_get_next_picture(decoder)) {
            return to_heif(decoded, out);
        }
    }
    return kBroken;
}

void set_strict_decoding(void*, int) {}

// From 1.21 on libheif refuses decoders below version 5, and only its headers define this.
#ifdef heif_decoder_plugin_minimum_version
static_assert(heif_decoder_plugin_minimum_version <= 5, "what a later version asks is not here");

int priority_for_it(const heif_decoder_plugin_compressed_format_description*) {
    return priority_for(heif_compression_undefined);
}

heif_error new_decoder_with(void** decoder, const heif_decoder_plugin_options*) {
    return new_decoder(decoder);
}

heif_error push_frame(void* decoder, const void* data, std::size_t size, std::uintptr_t) {
    return push_data(decoder, data, size);
}

heif_error flush(void* decoder) {
    return de265_flush_data(static_cast<de265_decoder_context*>(decoder)) == DE265_OK ? kDone
                                                                                      : kBroken;
}

heif_error decode_frame(void* decoder,
                        heif_image** out,
                        std::uintptr_t* frame,
                        const heif_security_limits*) {
    if (frame != nullptr) {
        *frame = 0;
    }
    return decode_image(decoder, out);
}
#endif

const heif_decoder_plugin& plugin() {
    static const heif_decoder_plugin only = [] {
        heif_decoder_plugin made{};  // what is of no use here stays empty
        made.plugin_api_version = 3;
        made.get_plugin_name = plugin_name;
        made.does_support_format = priority_for;
        made.new_decoder = new_decoder;
        made.free_decoder = free_decoder;
        made.push_data = push_data;
        made.decode_image = decode_image;
        made.set_strict_decoding = set_strict_decoding;
        made.id_name = "libde265-without-threads";
#ifdef heif_decoder_plugin_minimum_version
        made.plugin_api_version = 5;
        made.does_support_format2 = priority_for_it;
        made.new_decoder2 = new_decoder_with;
        made.push_data2 = push_frame;
        made.flush_data = flush;
        made.decode_next_image2 = decode_frame;
#endif
        return made;
    }();
    return only;
}

// ---- the file

using Context = std::unique_ptr<heif_context, void (*)(heif_context*)>;
using Handle = std::unique_ptr<heif_image_handle, void (*)(const heif_image_handle*)>;
using Image = std::unique_ptr<heif_image, void (*)(const heif_image*)>;
using Options = std::unique_ptr<heif_decoding_options, void (*)(heif_decoding_options*)>;

constexpr int kSideMax = 16'384;

void require(const heif_error& error) {
    if (error.code != heif_error_Ok) {
        throw Error(ErrorCode::Malformed,
                    std::string("a HEIF picture that cannot be read: ") + error.message);
    }
}

/// Eight bits of each sample. Derived pictures come in RGB, of which green is most of the
/// luminance.
GreyPicture luminance(const heif_image* image) {
    const heif_channel channel =
        heif_image_has_channel(image, heif_channel_Y) != 0 ? heif_channel_Y : heif_channel_G;
    const int width = heif_image_get_width(image, channel);
    const int height = heif_image_get_height(image, channel);
    const int bits = heif_image_get_bits_per_pixel_range(image, channel);
    int stride = 0;
    const std::uint8_t* source = heif_image_get_plane_readonly(image, channel, &stride);
    check_pixels(width, height);
    if (source == nullptr || bits < 8 || bits > 16 || stride < width * (bits > 8 ? 2 : 1)) {
        throw Error(ErrorCode::Malformed, "a HEIF picture without luminance");
    }
    GreyPicture picture(width, height);
    for (int y = 0; y < height; ++y, source += stride) {
        std::uint8_t* row = picture.row(y);
        if (bits == 8) {
            std::memcpy(row, source, static_cast<std::size_t>(width));
            continue;
        }
        for (int x = 0; x < width; ++x) {
            std::uint16_t sample = 0;
            std::memcpy(&sample, source + 2 * x, sizeof sample);
            row[x] = static_cast<std::uint8_t>(sample >> (bits - 8));
        }
    }
    return picture;
}

}  // namespace

void prepare_heif() {
    static const bool once = [] {
        require(heif_init(nullptr));
        require(heif_register_decoder_plugin(&plugin()));
        return true;
    }();
    static_cast<void>(once);
}

GreyPicture read_heif(ByteView heif) {
    prepare_heif();
    const Context context(heif_context_alloc(), heif_context_free);
    YINXIN_ASSERT(context != nullptr);
    heif_context_set_maximum_image_size_limit(context.get(), kSideMax);
    heif_context_set_max_decoding_threads(context.get(), 0);
    require(heif_context_read_from_memory_without_copy(
        context.get(), heif.data(), heif.size(), nullptr));
    heif_image_handle* primary = nullptr;
    require(heif_context_get_primary_image_handle(context.get(), &primary));
    const Handle handle(primary, heif_image_handle_release);
    check_pixels(heif_image_handle_get_width(handle.get()),
                 heif_image_handle_get_height(handle.get()));
    const int coded_width = heif_image_handle_get_ispe_width(handle.get());
    const int coded_height = heif_image_handle_get_ispe_height(handle.get());
    if (coded_width > 0 && coded_height > 0) {  // before what is cut off; not always known
        check_pixels(coded_width, coded_height);
    }
    const Options options(heif_decoding_options_alloc(), heif_decoding_options_free);
    YINXIN_ASSERT(options != nullptr);
    options->ignore_transformations = 1;
    heif_image* decoded = nullptr;
    require(heif_decode_image(
        handle.get(), &decoded, heif_colorspace_undefined, heif_chroma_undefined, options.get()));
    const Image image(decoded, heif_image_release);
    return luminance(image.get());
}

}  // namespace yinxin::verify::paper
