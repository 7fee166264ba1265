// SPDX-License-Identifier: Apache-2.0
#include "pdf/layout_members.h"

#include <charconv>

namespace yinxin::pdf {
namespace {

std::string short_text(double v) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, v);
    return {text, end.ptr};
}

}  // namespace

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

Members::Members(const Json& json, std::string pointer, std::vector<FormFault>& faults)
    : json_(json), pointer_(std::move(pointer)), faults_(faults) {
    if (!json_.is_object()) {
        fault("", "is not an object");
    }
}

void Members::fault(const std::string& member, const std::string& detail) {
    faults_.push_back({"layout.json", member.empty() ? pointer_ : pointer_ + "/" + member, detail});
}

const Json* Members::find(const std::string& member) {
    known_.insert(member);
    if (!json_.is_object()) {
        return nullptr;
    }
    const auto it = json_.find(member);
    return it == json_.end() || it->is_null() ? nullptr : &*it;
}

double Members::number(const std::string& member, double fallback, double least, double most) {
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

bool Members::boolean(const std::string& member, bool fallback) {
    const Json* v = find(member);
    if (v != nullptr && !v->is_boolean()) {
        fault(member, "must be true or false");
        return fallback;
    }
    return v == nullptr ? fallback : v->get<bool>();
}

std::string Members::text(const std::string& member, const std::string& fallback) {
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

std::vector<double> Members::numbers(const std::string& member, std::size_t count) {
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

Color Members::color(const std::string& member, Color fallback) {
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

Box Members::box(const std::string& member) {
    const std::vector<double> n = numbers(member, 4);
    return {n[0], n[1], n[2], n[3]};
}

Template Members::parse_template(const std::string& member, const std::string& source) {
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

void Members::finish() {
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

}  // namespace yinxin::pdf
