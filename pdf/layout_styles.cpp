// SPDX-License-Identifier: Apache-2.0
#include "pdf/layout_styles.h"

namespace yinxin::pdf {

StyleBook::StyleBook(Members& layout, Color ink) {
    const auto add = [this](const char* name, FaceId face, double size, Align align, Color color) {
        TextStyle s;
        s.face = face;
        s.sizes = {size};
        s.align = align;
        s.color = color;
        styles_[name] = s;
    };
    add("label", FaceId::Kai, 9, Align::Left, ink);
    add("title", FaceId::Kai, 18, Align::Center, ink);
    add("head", FaceId::Kai, 9, Align::Center, ink);
    add("note", FaceId::Kai, 8, Align::Left, ink);
    add("value", FaceId::Serif, 9, Align::Left, {0, 0, 0});
    add("cell", FaceId::Serif, 8, Align::Left, {0, 0, 0});
    add("code", FaceId::Mono, 9, Align::Center, {0, 0, 0});
    styles_["title"].strong = true;
    styles_["cell"].lines = 4;
    if (const Json* own = layout.find("styles")) {
        if (!own->is_object()) {
            layout.fault("styles", "must be an object of named styles");
            return;
        }
        for (const auto& [name, json] : own->items()) {
            Members reader(json, layout.pointer() + "/styles/" + name, layout.faults());
            const auto base = styles_.find(name);
            styles_[name] = read(reader, base == styles_.end() ? "value" : name);
            reader.finish();
        }
    }
}

TextStyle StyleBook::named(Members& reader,
                           const std::string& member,
                           const std::string& fallback) const {
    const std::string name = reader.text(member, fallback);
    const auto it = styles_.find(name);
    if (it == styles_.end()) {
        reader.fault(member, "names no style \"" + name + "\"; add it to /styles");
        return styles_.at(fallback);
    }
    return it->second;
}

TextStyle StyleBook::read(Members& r, const std::string& fallback) const {
    TextStyle s = named(r, "style", fallback);
    s.face = r.word<FaceId>("face",
                            s.face,
                            {{"serif", FaceId::Serif},
                             {"serif-bold", FaceId::SerifBold},
                             {"kai", FaceId::Kai},
                             {"kai-bold", FaceId::KaiBold},
                             {"mono", FaceId::Mono},
                             {"sans", FaceId::Sans}});
    if (r.has("size")) {
        s.sizes = {r.number("size", 9, 4, 72)};
    }
    if (const Json* sizes = r.find("sizes")) {
        s.sizes.clear();
        if (sizes->is_array()) {
            for (const Json& v : *sizes) {
                s.sizes.push_back(v.is_number() ? v.get<double>() : 0);
            }
        }
        if (s.sizes.empty() ||
            std::any_of(s.sizes.begin(), s.sizes.end(), [](double v) { return v < 4 || v > 72; })) {
            r.fault("sizes", "must be an array of sizes from 4 to 72 points, the wanted one first");
            s.sizes = {9};
        }
    }
    s.color = r.color("color", s.color);
    s.align =
        r.word<Align>("align",
                      s.align,
                      {{"left", Align::Left}, {"center", Align::Center}, {"right", Align::Right}});
    s.valign = r.word<VerticalAlign>("valign",
                                     s.valign,
                                     {{"top", VerticalAlign::Top},
                                      {"middle", VerticalAlign::Middle},
                                      {"bottom", VerticalAlign::Bottom}});
    s.lines = static_cast<int>(r.number("lines", s.lines, 1, 100));
    s.leading = r.number("leading", s.leading, 1, 50);
    s.strong = r.boolean("strong", s.strong);
    return s;
}

}  // namespace yinxin::pdf
