// SPDX-License-Identifier: Apache-2.0
#include "pdf/layout.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "common/error.h"
#include "common/limits.h"

namespace yinxin::pdf {

bool stands_on(Pages pages, int page, int count) {
    const bool first = page == 0, last = page == count - 1;
    switch (pages) {
        case Pages::All:
            return true;
        case Pages::First:
            return first;
        case Pages::Last:
            return last;
        case Pages::NotFirst:
            return !first;
        case Pages::NotLast:
            return !last;
        case Pages::Several:
            return count > 1;
        case Pages::LastOfSeveral:
            return last && count > 1;
    }
    return false;
}

namespace {

std::vector<std::string> split_path(std::string_view text) {
    std::vector<std::string> out(1);
    for (const char c : text) {
        if (c == '.') {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    return out;
}

/// Reads one JSON object; remembers which members were asked for, so that the others can be called
/// unknown.
class Reader {
  public:
    Reader(const Json& json, std::string pointer, std::vector<FormFault>& faults)
        : json_(json), pointer_(std::move(pointer)), faults_(faults) {
        if (!json_.is_object()) {
            fault("", "is not an object");
        }
    }

    void fault(const std::string& member, const std::string& detail) {
        faults_.push_back(
            {"layout.json", member.empty() ? pointer_ : pointer_ + "/" + member, detail});
    }
    const std::string& pointer() const { return pointer_; }
    std::vector<FormFault>& faults() { return faults_; }

    const Json* find(const std::string& member) {
        known_.insert(member);
        if (!json_.is_object()) {
            return nullptr;
        }
        const auto it = json_.find(member);
        return it == json_.end() || it->is_null() ? nullptr : &*it;
    }
    bool has(const std::string& member) { return find(member) != nullptr; }

    double number(const std::string& member, double fallback, double least, double most) {
        const Json* v = find(member);
        if (v == nullptr) {
            return fallback;
        }
        if (!v->is_number() || v->get<double>() < least || v->get<double>() > most) {
            fault(member, "must be a number from " + short_text(least) + " to " + short_text(most));
            return fallback;
        }
        return v->get<double>();
    }
    bool boolean(const std::string& member, bool fallback) {
        const Json* v = find(member);
        if (v != nullptr && !v->is_boolean()) {
            fault(member, "must be true or false");
            return fallback;
        }
        return v == nullptr ? fallback : v->get<bool>();
    }
    std::string text(const std::string& member, const std::string& fallback = "") {
        const Json* v = find(member);
        if (v == nullptr) {
            return fallback;
        }
        if (!v->is_string()) {
            fault(member, "must be a text");
            return fallback;
        }
        return v->get<std::string>();
    }
    template <typename T>
    T word(const std::string& member,
           T fallback,
           const std::vector<std::pair<std::string, T>>& words) {
        if (!has(member)) {
            return fallback;
        }
        const std::string given = text(member);
        std::string all;
        for (const auto& [name, value] : words) {
            if (name == given) {
                return value;
            }
            all += (all.empty() ? "" : ", ") + name;
        }
        fault(member, "is \"" + given + "\"; write one of: " + all);
        return fallback;
    }
    std::vector<double> numbers(const std::string& member, std::size_t count) {
        const Json* v = find(member);
        const bool right =
            v != nullptr && v->is_array() && v->size() == count &&
            std::all_of(v->begin(), v->end(), [](const Json& n) { return n.is_number(); });
        if (!right) {
            fault(member, "must be an array of " + std::to_string(count) + " numbers");
            return std::vector<double>(count, 0);
        }
        return v->get<std::vector<double>>();
    }
    Color color(const std::string& member, Color fallback) {
        if (!has(member)) {
            return fallback;
        }
        const std::vector<double> n = numbers(member, 3);
        Color out{};
        for (std::size_t i = 0; i < 3; ++i) {
            if (n.at(i) < 0 || n.at(i) > 255) {
                fault(member, "must be [red, green, blue], each 0 to 255");
                return fallback;
            }
            out.at(i) = static_cast<std::uint8_t>(n.at(i));
        }
        return out;
    }
    Box box(const std::string& member) {
        const std::vector<double> n = numbers(member, 4);
        return {n[0], n[1], n[2], n[3]};
    }
    Template words(const std::string& member) { return parse_template(member, text(member)); }
    Template parse_template(const std::string& member, const std::string& source);

    void finish() {
        if (!json_.is_object()) {
            return;
        }
        for (const auto& [name, value] : json_.items()) {
            if (!known_.contains(name)) {
                std::string all;
                for (const auto& k : known_) {
                    all += (all.empty() ? "" : ", ") + k;
                }
                fault(name, "is not a member of this; it may have: " + all);
            }
        }
    }

  private:
    static std::string short_text(double v) {
        char text[32];
        const auto end = std::to_chars(text, text + sizeof text, v);
        return {text, end.ptr};
    }

    const Json& json_;
    std::string pointer_;
    std::vector<FormFault>& faults_;
    std::set<std::string> known_;
};

Template Reader::parse_template(const std::string& member, const std::string& source) {
    Template out;
    std::size_t at = 0;
    while (at < source.size()) {
        const std::size_t open = source.find('{', at);
        if (open != at) {
            out.parts.push_back({source.substr(at, open - at), {}, 0});
        }
        if (open == std::string::npos) {
            break;
        }
        const std::size_t close = source.find('}', open);
        if (close == std::string::npos || close == open + 1) {
            fault(member, "has a \"{\" without a path and a \"}\"; write {taxpayer.name}");
            return out;
        }
        std::string inside = source.substr(open + 1, close - open - 1);
        Template::Part part;
        if (const std::size_t colon = inside.find(':'); colon != std::string::npos) {
            const auto read = std::from_chars(
                inside.data() + colon + 1, inside.data() + inside.size(), part.digits);
            if (read.ec != std::errc{} || read.ptr != inside.data() + inside.size() ||
                part.digits < 1 || part.digits > 200) {
                fault(member,
                      "has {" + inside +
                          "}: after the colon stands a number of digits from 1 to 200");
            }
            inside.resize(colon);
        }
        part.path = split_path(inside);
        if (inside.find('[') != std::string::npos ||
            std::any_of(
                part.path.begin(), part.path.end(), [](const auto& p) { return p.empty(); })) {
            fault(member, "has {" + inside + "}: a path is member names joined by dots");
        }
        out.parts.push_back(std::move(part));
        at = close + 1;
    }
    return out;
}

/// Style properties stand in a named style or in the element itself; the element's win.
class StyleBook {
  public:
    StyleBook(Reader& layout, Color ink) {
        const auto add = [this](
                             const char* name, FaceId face, double size, Align align, Color color) {
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
                Reader reader(json, layout.pointer() + "/styles/" + name, layout.faults());
                const auto base = styles_.find(name);
                styles_[name] = read(reader, base == styles_.end() ? "value" : name);
                reader.finish();
            }
        }
    }

    TextStyle named(Reader& reader, const std::string& member, const std::string& fallback) const {
        const std::string name = reader.text(member, fallback);
        const auto it = styles_.find(name);
        if (it == styles_.end()) {
            reader.fault(member, "names no style \"" + name + "\"; add it to /styles");
            return styles_.at(fallback);
        }
        return it->second;
    }

    TextStyle read(Reader& r, const std::string& fallback) const {
        TextStyle s = named(r, "style", fallback);
        if (r.has("face")) {
            const auto face = face_by_name(r.text("face"));
            if (!face) {
                r.fault("face", "must be serif, serif-bold, kai, kai-bold, mono or sans");
            }
            s.face = face.value_or(s.face);
        }
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
            if (s.sizes.empty() || std::any_of(s.sizes.begin(), s.sizes.end(), [](double v) {
                    return v < 4 || v > 72;
                })) {
                r.fault("sizes",
                        "must be an array of sizes from 4 to 72 points, the wanted one first");
                s.sizes = {9};
            }
        }
        s.color = r.color("color", s.color);
        s.align = r.word<Align>(
            "align",
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

  private:
    std::map<std::string, TextStyle> styles_;
};

class LayoutReader {
  public:
    explicit LayoutReader(std::vector<FormFault>& faults) : faults_(faults) {}

    Layout read(const Json& json) {
        Layout out;
        Reader r(json, "", faults_);
        if (r.has("page")) {
            const auto size = r.numbers("page", 2);
            out.width = size[0], out.height = size[1];
            if (out.width < 50 || out.width > 1000 || out.height < 50 || out.height > 1000) {
                r.fault("page", "must be [width, height] in millimetres, 50 to 1000");
                out.width = 210, out.height = 297;
            }
        }
        width_ = out.width, height_ = out.height;
        ink_ = r.color("ink", {0, 0, 0});
        const StyleBook styles(r, ink_);
        styles_ = &styles;
        const Json* elements = r.find("elements");
        if (elements == nullptr || !elements->is_array()) {
            r.fault("elements", "must be an array of elements");
        } else {
            for (std::size_t i = 0; i < elements->size(); ++i) {
                element(out, (*elements)[i], "/elements/" + std::to_string(i));
            }
        }
        r.finish();
        whole(out, r);
        return out;
    }

  private:
    void element(Layout& out, const Json& json, const std::string& pointer) {
        Reader r(json, pointer, faults_);
        Element e;
        e.pointer = pointer;
        e.pages = r.word<Pages>("on",
                                default_pages(r),
                                {{"all", Pages::All},
                                 {"first", Pages::First},
                                 {"last", Pages::Last},
                                 {"not_first", Pages::NotFirst},
                                 {"not_last", Pages::NotLast},
                                 {"several", Pages::Several},
                                 {"last_of_several", Pages::LastOfSeveral}});
        if (r.has("line")) {
            e.kind = line(r);
        } else if (r.has("rect")) {
            e.kind = rect(r);
        } else if (r.has("text")) {
            e.kind = text(r);
        } else if (r.has("field")) {
            e.kind = field(r);
        } else if (r.has("notes")) {
            e.kind = notes(r);
        } else if (r.has("qr")) {
            e.kind = qr(r);
        } else if (r.has("seal")) {
            SealElement seal{r.box("seal")};
            inside(r, "seal", seal.box);
            e.kind = seal;
        } else if (const Json* table_json = r.find("table")) {
            Reader t(*table_json, pointer + "/table", faults_);
            e.kind = table(t);
            t.finish();
        } else {
            r.fault("",
                    "is no element; it must have one of: line, rect, text, field, notes, table, "
                    "qr, seal");
            return;
        }
        r.finish();
        out.elements.push_back(std::move(e));
    }

    static Pages default_pages(Reader& r) {
        return r.has("seal") || r.has("notes") ? Pages::Last : Pages::All;
    }

    void inside(Reader& r, const std::string& member, const Box& box) {
        if (box.width <= 0 || box.height <= 0) {
            r.fault(member, "must be [x, y, width, height] with a width and a height above 0");
        } else if (box.x < 0 || box.y < 0 || box.right() > width_ + 0.01 ||
                   box.bottom() > height_ + 0.01) {
            r.fault(member, "reaches beyond the page; move it or make it smaller");
        }
    }

    LineElement line(Reader& r) {
        const auto n = r.numbers("line", 4);
        return {n[0], n[1], n[2], n[3], r.number("width", 0.2, 0.05, 5), r.color("color", ink_)};
    }

    RectElement rect(Reader& r) {
        RectElement out{r.box("rect"), r.number("width", 0.2, 0, 5), {}, {}};
        inside(r, "rect", out.box);
        if (r.has("fill")) {
            out.fill = r.color("fill", ink_);
        }
        if (out.width > 0) {
            out.stroke = r.color("color", ink_);
        }
        return out;
    }

    void issuer_only(Reader& r, const std::string& member, const Template& t) {
        for (const auto& part : t.parts) {
            if (!part.path.empty() && part.path[0] != "issuer") {
                r.fault(member,
                        "prints a value; a text belongs to the blank form and may name issuer.* "
                        "only: use a field");
            }
        }
    }

    TextElement text(Reader& r) {
        TextElement out{
            r.words("text"), r.box("box"), styles_->read(r, "label"), r.boolean("vertical", false)};
        inside(r, "box", out.box);
        issuer_only(r, "text", out.text);
        return out;
    }

    FieldElement field(Reader& r) {
        FieldElement out{r.words("field"), r.box("box"), styles_->read(r, "value"), {}};
        inside(r, "box", out.box);
        if (r.has("when")) {
            out.when = split_path(r.text("when"));
        }
        return out;
    }

    NotesElement notes(Reader& r) {
        NotesElement out;
        const Json* list = r.find("notes");
        if (!list->is_array() || list->empty() ||
            !std::all_of(list->begin(), list->end(), [](const Json& v) { return v.is_string(); })) {
            r.fault("notes", "must be an array of texts");
        } else {
            for (const Json& paragraph : *list) {
                Template t = r.parse_template("notes", paragraph.get<std::string>());
                for (const auto& part : t.parts) {
                    if (!part.path.empty() && part.path[0] != "issuer" && part.digits == 0) {
                        r.fault("notes",
                                "leaves no room for a value; write {path:N} with N the digits it "
                                "may be wide");
                    }
                }
                out.paragraphs.push_back(std::move(t));
            }
        }
        out.box = r.box("box");
        inside(r, "box", out.box);
        out.style = styles_->read(r, "note");
        out.value_style = styles_->named(r, "value_style", "value");
        out.value_style.sizes = out.style.sizes;
        return out;
    }

    QrElement qr(Reader& r) {
        QrElement out;
        const std::string what = r.text("qr");
        out.verification = what == "verification";
        out.path =
            out.verification ? std::vector<std::string>{"issuance", "qr_text"} : split_path(what);
        out.box = r.box("box");
        out.color = r.color("color", {0, 0, 0});
        inside(r, "box", out.box);
        // quiet zone of 4 modules on each side (ISO/IEC 18004, 6.3.8)
        const double module =
            std::min(out.box.width, out.box.height) / (limits::qr_modules_max + 8);
        if (out.verification && module < limits::qr_module_mm_min) {
            r.fault("box",
                    "makes a module " + std::to_string(module).substr(0, 4) +
                        " mm wide at 61 modules; it must be 0.5: make the box at least 34.5 mm");
        }
        return out;
    }

    std::vector<TableCell> cells(Reader& t, const std::string& member, double width) {
        std::vector<TableCell> out;
        const Json* list = t.find(member);
        if (list == nullptr) {
            return out;
        }
        if (!list->is_array()) {
            t.fault(member, "must be an array of cells");
            return out;
        }
        double sum = 0;
        for (std::size_t i = 0; i < list->size(); ++i) {
            Reader r((*list)[i], t.pointer() + "/" + member + "/" + std::to_string(i), faults_);
            TableCell c;
            c.width = r.number("width", 10, 1, 1000);
            sum += c.width;
            c.value = r.words("value");
            c.style = styles_->read(r, "cell");
            r.finish();
            out.push_back(std::move(c));
        }
        if (std::abs(sum - width) > 0.01) {
            t.fault(member,
                    "has cells of " + std::to_string(sum) + " mm together; the columns have " +
                        std::to_string(width));
        }
        return out;
    }

    TableElement table(Reader& r) {
        TableElement t;
        t.rows = split_path(r.text("rows"));
        const auto at = r.numbers("at", 2);
        t.x = at[0], t.y = at[1];
        t.head_height = r.number("head_height", 8, 0, 100);
        t.row_height = r.number("row_height", 8, 2, 100);
        t.line_height = r.number("line_height", 4, 1, 50);
        t.padding = r.number("padding", 0.8, 0, 10);
        t.until = r.number("until", height_ - 16, t.y, height_);
        t.until_last = r.number("until_last", t.until, t.y, height_);
        t.fill_to = r.number("fill_to", 0, 0, height_);
        t.fill_to_last = r.number("fill_to_last", t.fill_to, 0, height_);
        t.row_lines = r.boolean("row_lines", true);
        t.frame = r.boolean("frame", true);
        t.line_width = r.number("line_width", 0.15, 0.05, 5);
        t.frame_width = r.number("frame_width", 0.3, 0.05, 5);
        t.line_color = r.color("color", ink_);
        t.head_style = styles_->named(r, "head_style", "head");
        t.note_style = styles_->named(r, "note_style", "cell");
        t.note_style.align = Align::Center;
        columns(r, t);
        t.total = cells(r, "total", t.width);
        t.total_height = r.number("total_height", 10, 2, 100);
        if (r.has("none")) {
            t.none = r.words("none");
        }
        if (r.has("end")) {
            t.end = r.words("end");
        }
        const double first = t.y + t.head_height + t.row_height;
        if (first > t.until + 0.01 || first > t.until_last + 0.01) {
            r.fault("until", "leaves no room for one row below the head");
        }
        if (t.x + t.width > width_ + 0.01) {
            r.fault("columns", "are wider together than the page");
        }
        return t;
    }

    void columns(Reader& r, TableElement& t) {
        const Json* list = r.find("columns");
        if (list == nullptr || !list->is_array() || list->empty()) {
            r.fault("columns", "must be an array of columns");
            return;
        }
        for (std::size_t i = 0; i < list->size(); ++i) {
            Reader c((*list)[i], r.pointer() + "/columns/" + std::to_string(i), faults_);
            TableColumn column;
            column.width = c.number("width", 20, 2, 1000);
            column.title = c.text("title");
            column.value = c.words("value");
            column.style = styles_->read(c, "cell");
            for (const auto& part : column.value.parts) {
                if (!part.path.empty() && (part.path[0] == "issuance" || part.path[0] == "page")) {
                    c.fault("value",
                            "uses a value known only after the rows are set; use a field outside "
                            "the table");
                }
            }
            c.finish();
            t.width += column.width;
            t.columns.push_back(std::move(column));
        }
    }

    void whole(const Layout& layout, Reader& r) {
        int seals = 0, tables = 0, codes = 0;
        for (const Element& e : layout.elements) {
            seals += std::holds_alternative<SealElement>(e.kind) ? 1 : 0;
            tables += std::holds_alternative<TableElement>(e.kind) ? 1 : 0;
            const auto* q = std::get_if<QrElement>(&e.kind);
            codes += q != nullptr && q->verification ? 1 : 0;
            if (std::holds_alternative<SealElement>(e.kind) && e.pages != Pages::First &&
                e.pages != Pages::Last) {
                faults_.push_back({"layout.json",
                                   e.pointer + "/on",
                                   "must be first or last: a document has one seal"});
            }
        }
        if (seals != 1) {
            r.fault("elements", "must have exactly one seal, with \"on\": \"first\" or \"last\"");
        }
        if (tables > 1) {
            r.fault("elements", "has two tables; pages can follow the rows of one only");
        }
        if (codes != 1) {
            r.fault("elements", "must have exactly one {\"qr\": \"verification\"}");
        }
    }

    std::vector<FormFault>& faults_;
    const StyleBook* styles_ = nullptr;
    double width_ = 210, height_ = 297;
    Color ink_{};
};

}  // namespace

Layout read_layout(const Json& layout) {
    std::vector<FormFault> faults;
    Layout out = LayoutReader(faults).read(layout);
    if (!faults.empty()) {
        const FormFault& f = faults.front();
        throw Error(ErrorCode::Invalid,
                    f.file + " " + f.pointer + " " + f.detail + ".",
                    {{f.pointer, "layout", f.detail}});
    }
    return out;
}

std::vector<FormFault> check_layout(const Json& layout) {
    std::vector<FormFault> faults;
    LayoutReader(faults).read(layout);
    return faults;
}

}  // namespace yinxin::pdf
