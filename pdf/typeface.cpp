// SPDX-License-Identifier: Apache-2.0
#include "pdf/typeface.h"

#include <harfbuzz/hb-ot.h>
#include <harfbuzz/hb-subset.h>
#include <harfbuzz/hb.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "common/error.h"
#include "pdf/glyph_program.h"

namespace yinxin::pdf {
namespace {

template <auto Free>
struct HbDeleter {
    template <typename T>
    void operator()(T* p) const noexcept {
        Free(p);
    }
};
using HbBlob = std::unique_ptr<hb_blob_t, HbDeleter<hb_blob_destroy>>;
using HbFace = std::unique_ptr<hb_face_t, HbDeleter<hb_face_destroy>>;
using HbFont = std::unique_ptr<hb_font_t, HbDeleter<hb_font_destroy>>;
using HbDraw = std::unique_ptr<hb_draw_funcs_t, HbDeleter<hb_draw_funcs_destroy>>;
using HbInput = std::unique_ptr<hb_subset_input_t, HbDeleter<hb_subset_input_destroy>>;
using HbPlan = std::unique_ptr<hb_subset_plan_t, HbDeleter<hb_subset_plan_destroy>>;

/// Collects one outline. Callbacks run inside HarfBuzz: they must not throw, so the room is taken
/// beforehand.
struct Collector {
    Path path;
    double scale = 1;
    PathStep::Point pen;
    bool overflow = false;

    PathStep::Point point(float x, float y) const { return {x * scale, y * scale}; }
    void add(const PathStep& step) noexcept {
        if (path.size() == path.capacity()) {
            overflow = true;
            return;
        }
        path.push_back(step);
    }
};

void on_move(hb_draw_funcs_t*, void* data, hb_draw_state_t*, float x, float y, void*) noexcept {
    auto& c = *static_cast<Collector*>(data);
    c.pen = c.point(x, y);
    c.add({PathStep::Kind::Move, {c.pen, {}, {}}});
}
void on_line(hb_draw_funcs_t*, void* data, hb_draw_state_t*, float x, float y, void*) noexcept {
    auto& c = *static_cast<Collector*>(data);
    c.pen = c.point(x, y);
    c.add({PathStep::Kind::Line, {c.pen, {}, {}}});
}
void on_quadratic(hb_draw_funcs_t*,
                  void* data,
                  hb_draw_state_t*,
                  float qx,
                  float qy,
                  float x,
                  float y,
                  void*) noexcept {
    auto& c = *static_cast<Collector*>(data);
    const PathStep::Point q = c.point(qx, qy), to = c.point(x, y);
    const auto third = [&q](PathStep::Point end) {
        return PathStep::Point{end.x + (q.x - end.x) * 2 / 3, end.y + (q.y - end.y) * 2 / 3};
    };
    c.add({PathStep::Kind::Curve, {third(c.pen), third(to), to}});
    c.pen = to;
}
void on_cubic(hb_draw_funcs_t*,
              void* data,
              hb_draw_state_t*,
              float ax,
              float ay,
              float bx,
              float by,
              float x,
              float y,
              void*) noexcept {
    auto& c = *static_cast<Collector*>(data);
    c.pen = c.point(x, y);
    c.add({PathStep::Kind::Curve, {c.point(ax, ay), c.point(bx, by), c.pen}});
}

HbDraw make_draw_funcs() {
    HbDraw funcs(hb_draw_funcs_create());
    hb_draw_funcs_set_move_to_func(funcs.get(), on_move, nullptr, nullptr);
    hb_draw_funcs_set_line_to_func(funcs.get(), on_line, nullptr, nullptr);
    hb_draw_funcs_set_quadratic_to_func(funcs.get(), on_quadratic, nullptr, nullptr);
    hb_draw_funcs_set_cubic_to_func(funcs.get(), on_cubic, nullptr, nullptr);
    hb_draw_funcs_make_immutable(funcs.get());
    return funcs;
}

constexpr std::size_t kPathStepsMax = 4096;
// What an outline may stray: less than a dot of a printer at 9 pt. The brush strokes of Kai bear
// more than the fine ones of Song.
constexpr double kSimplifyEms = 0.007;
constexpr double kSimplifyKaiEms = 0.009;

}  // namespace

struct Face::Impl {
    Source source;
    HbFace face;
    HbFont font;
    HbDraw draw;
    double em = 1000;
    bool truetype = false;
    std::size_t file_bytes = 0;
    double digit_advance = 0;  ///< in ems, when digits are made tabular
    std::unordered_map<std::uint16_t, double> digit_shift;
    mutable std::shared_mutex mutex;
    mutable std::unordered_map<std::uint16_t, std::unique_ptr<const GlyphProgram>> programs;

    double advance_ems(std::uint16_t glyph) const {
        return digit_shift.contains(glyph) ? digit_advance
                                           : hb_font_get_glyph_h_advance(font.get(), glyph) / em;
    }
    std::uint16_t advance(std::uint16_t glyph) const {
        return static_cast<std::uint16_t>(std::lround(advance_ems(glyph) * kUnitsPerEm));
    }
    void make_digits_tabular() {
        std::vector<std::pair<std::uint16_t, double>> digits;
        for (char32_t c = U'0'; c <= U'9'; ++c) {
            hb_codepoint_t id = 0;
            if (hb_font_get_nominal_glyph(font.get(), c, &id) == 0) {
                return;
            }
            const double width = hb_font_get_glyph_h_advance(font.get(), id) / em;
            digits.emplace_back(static_cast<std::uint16_t>(id), width);
            digit_advance = std::max(digit_advance, width);
        }
        for (const auto& [id, width] : digits) {
            digit_shift[id] = (digit_advance - width) / 2;
        }
    }
};

Face::Face(Source source, const std::string& path) : impl_(std::make_unique<Impl>()) {
    impl_->source = std::move(source);
    const HbBlob blob(hb_blob_create_from_file_or_fail(path.c_str()));
    if (!blob) {
        throw Error(ErrorCode::Unavailable,
                    "The font " + path + " cannot be read: install " + impl_->source.package + ".");
    }
    impl_->file_bytes = hb_blob_get_length(blob.get());
    impl_->face.reset(hb_face_create(blob.get(), impl_->source.index));
    if (hb_face_get_glyph_count(impl_->face.get()) == 0) {
        throw Error(
            ErrorCode::Unavailable,
            "The file " + path + " holds no font: reinstall " + impl_->source.package + ".");
    }
    hb_face_make_immutable(impl_->face.get());
    impl_->font.reset(hb_font_create(impl_->face.get()));
    impl_->em = hb_face_get_upem(impl_->face.get());
    const HbBlob glyf(hb_face_reference_table(impl_->face.get(), HB_TAG('g', 'l', 'y', 'f')));
    impl_->truetype = hb_blob_get_length(glyf.get()) > 0;
    hb_font_make_immutable(impl_->font.get());
    impl_->draw = make_draw_funcs();
    if (impl_->source.tabular_digits) {
        impl_->make_digits_tabular();
    }
}

Face::~Face() = default;

const Face::Source& Face::source() const {
    return impl_->source;
}

bool Face::truetype() const {
    return impl_->truetype;
}

std::size_t Face::file_bytes() const {
    return impl_->file_bytes;
}

std::optional<GlyphRef> Face::glyph(char32_t character) const {
    hb_codepoint_t id = 0;
    if (hb_font_get_nominal_glyph(impl_->font.get(), character, &id) == 0 || id == 0) {
        return std::nullopt;
    }
    const auto small = static_cast<std::uint16_t>(id);
    return GlyphRef{small, impl_->advance(small)};
}

Path Face::outline(std::uint16_t glyph) const {
    Collector collector;
    collector.scale = 1 / impl_->em;
    collector.path.reserve(kPathStepsMax);
#if HB_VERSION_ATLEAST(7, 0, 0)
    hb_font_draw_glyph(impl_->font.get(), glyph, impl_->draw.get(), &collector);
#else
    hb_font_get_glyph_shape(impl_->font.get(), glyph, impl_->draw.get(), &collector);
#endif
    YINXIN_ASSERT(!collector.overflow);
    return Path(collector.path.begin(), collector.path.end());
}

const GlyphProgram& Face::program(std::uint16_t glyph) const {
    {
        const std::shared_lock lock(impl_->mutex);
        if (const auto it = impl_->programs.find(glyph); it != impl_->programs.end()) {
            return *it->second;
        }
    }
    const auto shift = impl_->digit_shift.find(glyph);
    auto made = std::make_unique<GlyphProgram>();
    made->advance = impl_->advance(glyph);
    const Path path =
        simplify(outline(glyph), impl_->source.brush ? kSimplifyKaiEms : kSimplifyEms);
    made->charstring = charstring_of(path, shift == impl_->digit_shift.end() ? 0 : shift->second);
    const std::unique_lock lock(impl_->mutex);
    return *impl_->programs.try_emplace(glyph, std::move(made)).first->second;
}

namespace {

void put16(std::string& out, unsigned v) {
    out += static_cast<char>(v >> 8);
    out += static_cast<char>(v & 255);
}

/// A format 4 cmap with one segment U+E000... -> new glyphs, listed one by one (OpenType, cmap).
std::string private_use_cmap(const std::vector<unsigned>& new_glyphs) {
    const auto n = static_cast<unsigned>(new_glyphs.size());
    std::string sub;
    put16(sub, 4), put16(sub, 16 + 2 * 8 + 2 * n), put16(sub, 0);
    put16(sub, 4), put16(sub, 4), put16(sub, 1), put16(sub, 0);  // two segments
    put16(sub, 0xE000 + n - 1), put16(sub, 0xFFFF), put16(sub, 0);
    put16(sub, 0xE000), put16(sub, 0xFFFF);
    put16(sub, 0), put16(sub, 1);  // idDelta
    put16(sub, 4), put16(sub, 0);  // idRangeOffset: the list begins two words on
    for (const unsigned g : new_glyphs) {
        put16(sub, g);
    }
    std::string out;
    put16(out, 0), put16(out, 1), put16(out, 3), put16(out, 1), put16(out, 0), put16(out, 12);
    return out + sub;
}

/// PostScript name and style, for Windows: libharu 2.3 refuses a font without either (OpenType,
/// name).
std::string name_table(const std::string& name) {
    const std::string style = "Regular";
    const auto style_size = static_cast<unsigned>(2 * style.size()),
               name_size = static_cast<unsigned>(2 * name.size());
    std::string out;
    put16(out, 0), put16(out, 2), put16(out, 6 + 2 * 12);
    put16(out, 3), put16(out, 1), put16(out, 0x409), put16(out, 2), put16(out, style_size),
        put16(out, 0);
    put16(out, 3), put16(out, 1), put16(out, 0x409), put16(out, 6), put16(out, name_size),
        put16(out, style_size);
    for (const char letter : style + name) {
        put16(out, static_cast<unsigned char>(letter));
    }
    return out;
}

}  // namespace

Bytes Face::truetype_for(const std::vector<std::uint16_t>& glyphs, const std::string& name) const {
    YINXIN_ASSERT(impl_->truetype && glyphs.size() < 6000);
    const HbInput input(hb_subset_input_create_or_fail());
    YINXIN_ASSERT(input != nullptr);
    for (const std::uint16_t g : glyphs) {
        hb_set_add(hb_subset_input_glyph_set(input.get()), g);
    }
    hb_subset_input_set_flags(input.get(), HB_SUBSET_FLAGS_NO_HINTING);
    const HbPlan plan(hb_subset_plan_create_or_fail(impl_->face.get(), input.get()));
    YINXIN_ASSERT(plan != nullptr);
    const HbFace subset(hb_subset_plan_execute_or_fail(plan.get()));
    YINXIN_ASSERT(subset != nullptr);
    const hb_map_t* old_to_new = hb_subset_plan_old_to_new_glyph_mapping(plan.get());
    std::vector<unsigned> renumbered;
    for (const std::uint16_t g : glyphs) {
        renumbered.push_back(hb_map_get(old_to_new, g));
    }
    const HbFace builder(hb_face_builder_create());
    const auto add = [&builder](const char* tag, hb_blob_t* table) {
        if (hb_blob_get_length(table) > 0) {
            hb_face_builder_add_table(builder.get(), hb_tag_from_string(tag, -1), table);
        }
    };
    for (const char* tag : {"head", "hhea", "hmtx", "maxp", "loca", "glyf", "post", "OS/2"}) {
        const HbBlob table(hb_face_reference_table(subset.get(), hb_tag_from_string(tag, -1)));
        add(tag, table.get());
    }
    for (const auto& [tag, table] :
         {std::pair{"cmap", private_use_cmap(renumbered)}, std::pair{"name", name_table(name)}}) {
        const HbBlob blob(hb_blob_create(table.data(),
                                         static_cast<unsigned>(table.size()),
                                         HB_MEMORY_MODE_DUPLICATE,
                                         nullptr,
                                         nullptr));
        add(tag, blob.get());
    }
    const HbBlob whole(hb_face_reference_blob(builder.get()));
    unsigned size = 0;
    const char* data = hb_blob_get_data(whole.get(), &size);
    return to_bytes(as_bytes(std::string_view(data, size)));
}

namespace {

/// One of each list, the first that is there.
std::vector<std::vector<Face::Source>> wanted_faces() {
    const auto serif = [](FaceMetrics m) {
        m.serif = true;
        return m;
    };
    const FaceMetrics noto{1151, -286, 733, 80, {-990, -1050, 2927, 1809}, false, false};
    const FaceMetrics noto_bold{1151, -286, 733, 140, {-990, -1050, 2927, 1809}, false, false};
    const FaceMetrics wenkai{928, -256, 700, 70, {-400, -300, 1600, 1200}, false, false};
    const FaceMetrics mono{833, -300, 660, 84, {-24, -300, 608, 833}, true, false};
    const FaceMetrics sans{905, -212, 716, 88, {-170, -307, 1300, 980}, false, false};
    const FaceMetrics babelstone{859, -141, 700, 60, {-200, -300, 1400, 1100}, false, false};
    const auto wenkai_of = [&wenkai](const std::string& weight) {
        return Face::Source{"LXGWWenKai-" + weight + ".ttf",
                            0,
                            "LXGWWenKai-" + weight,
                            "fonts-lxgw-wenkai",
                            false,
                            true,
                            wenkai};
    };
    return {
        {{"NotoSerifCJK-Regular.ttc",
          2,
          "NotoSerifCJKsc-Regular",
          "fonts-noto-cjk",
          true,
          false,
          serif(noto)}},
        {{"NotoSerifCJK-Bold.ttc",
          2,
          "NotoSerifCJKsc-Bold",
          "fonts-noto-cjk",
          true,
          false,
          serif(noto_bold)}},
        {wenkai_of("Regular")},
        {wenkai_of("Bold"), wenkai_of("Medium")},  // what it is called since its version 1.500
        {{"LiberationMono-Regular.ttf",
          0,
          "LiberationMono",
          "fonts-liberation2",
          false,
          false,
          mono}},
        {{"LiberationSans-Regular.ttf",
          0,
          "LiberationSans",
          "fonts-liberation2",
          false,
          false,
          sans}},
        {{"BabelStoneHan.ttf",
          0,
          "BabelStoneHan",
          "fonts-babelstone-han",
          false,
          false,
          serif(babelstone)}},
    };
}

std::vector<std::filesystem::path> default_folders() {
    return {"/usr/share/fonts", "/usr/local/share/fonts"};
}

std::unordered_map<std::string, std::string> font_files(
    const std::vector<std::filesystem::path>& folders) {
    std::unordered_map<std::string, std::string> found;
    for (const auto& folder : folders) {
        std::error_code failed;
        auto it = std::filesystem::recursive_directory_iterator(
            folder, std::filesystem::directory_options::skip_permission_denied, failed);
        for (; !failed && it != std::filesystem::recursive_directory_iterator();
             it.increment(failed)) {
            if (it->is_regular_file(failed)) {
                found.try_emplace(it->path().filename().string(), it->path().string());
            }
        }
    }
    return found;
}

}  // namespace

std::shared_ptr<const Typefaces> Typefaces::load(
    const std::vector<std::filesystem::path>& folders) {
    const auto files = font_files(folders.empty() ? default_folders() : folders);
    std::vector<std::unique_ptr<Face>> faces;
    for (std::vector<Face::Source>& sources : wanted_faces()) {
        const auto source = std::find_if(sources.begin(), sources.end(), [&](const auto& each) {
            return files.contains(each.file);
        });
        if (source == sources.end()) {
            std::string names = sources.front().file;
            for (std::size_t i = 1; i < sources.size(); ++i) {
                names += " or " + sources[i].file;
            }
            throw Error(ErrorCode::Unavailable,
                        "The font file " + names + " is missing: install the package " +
                            sources.front().package + ".");
        }
        const std::string& file = files.at(source->file);
        faces.push_back(std::make_unique<Face>(std::move(*source), file));
    }
    return std::make_shared<FaceSet>(std::move(faces));
}

FaceSet::FaceSet(std::vector<std::unique_ptr<Face>> faces) : faces_(std::move(faces)) {
    YINXIN_ASSERT(faces_.size() == kFaceCount);
}

std::optional<FaceSet::Found> FaceSet::look_up(FaceId wanted, char32_t character) const {
    for (const FaceId id : {wanted, FaceId::Serif, FaceId::Kai, FaceId::Rare}) {
        if (const auto g = face(id).glyph(character)) {
            place_of(wanted, character)
                .store(std::uint64_t{character} << 40 | static_cast<std::uint64_t>(id) << 32 |
                           std::uint64_t{g->id} << 16 | g->advance,
                       std::memory_order_relaxed);
            return Found{id, *g};
        }
    }
    return std::nullopt;
}

std::string FaceSet::identity() const {
    std::string out;
    for (const auto& face : faces_) {
        out += " " + face->source().file + " " + std::to_string(face->file_bytes());
    }
    return out;
}

const FaceSet& face_set(const Typefaces& typefaces) {
    const auto* set = dynamic_cast<const FaceSet*>(&typefaces);
    YINXIN_ASSERT(set != nullptr);
    return *set;
}

}  // namespace yinxin::pdf
