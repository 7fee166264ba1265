// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "common/error.h"
#include "pdf/form_folder.h"
#include "pdf/form_layout_paths.h"
#include "pdf/form_parts.h"
#include "pdf/layout.h"
#include "pdf/rules/tables.h"

namespace yinxin::pdf::rules {
namespace {

/// Reads the files of a folder one by one, collecting what is wrong in all of them.
class FormReader {
  public:
    FormReader(const std::filesystem::path& folder, std::vector<FormFault>& faults)
        : folder_(folder), faults_(faults) {}

    std::optional<FormParts> read() {
        const FormFolder files = FormFolder::read(folder_, faults_);
        for (const std::string& name : FormFolder::names()) {
            const auto text = files.texts.find(name);
            parts_.sha256_input +=
                name + "\n" + (text == files.texts.end() ? "" : text->second) + "\n";
        }
        if (files.files.size() < FormFolder::names().size()) {
            return std::nullopt;
        }
        parts_.layout = files.files.at("layout.json");
        parts_.example = files.files.at("example.json");
        in_file("input.schema.json", [&](Faults& faults) {
            parts_.schema =
                std::make_shared<const Schema>(files.files.at("input.schema.json"), faults);
            if (faults.empty()) {
                parts_.schema->list_paths(parts_.catalog);
            }
        });
        if (!faults_.empty()) {
            return std::nullopt;  // everything after this speaks of the schema's values
        }
        in_file("form.json",
                [&](Faults& faults) { read_form(files.files.at("form.json"), faults); });
        in_file("disclosure.json", [&](Faults& faults) {
            parts_.disclosure = DisclosurePlan::read(
                files.files.at("disclosure.json"), parts_.catalog, tables_, faults);
        });
        in_file("layout.json", [&](Faults& faults) {
            const Layout layout = read_layout(parts_.layout, faults_);
            check_layout_paths(layout, parts_.catalog, faults);
        });
        return faults_.empty() ? std::optional(std::move(parts_)) : std::nullopt;
    }

  private:
    template <class Work>
    void in_file(const std::string& name, const Work& work) {
        Faults faults;
        work(faults);
        for (const FieldError& fault : faults.list()) {
            faults_.push_back({name, fault.pointer, fault.detail});
        }
    }

    void read_form(const Json& json, Faults& faults) {
        const Catalog none;
        Arguments arguments(json, "", none, tables_, faults);
        parts_.type = arguments.text("type");
        parts_.version = arguments.text("version");
        parts_.title_zh = arguments.text("title_zh");
        parts_.title_en = arguments.text("title_en");
        parts_.seal_use = arguments.word("seal", {"business", "tax", "invoice"});
        parts_.riding_seal = arguments.word("riding_seal", {"no", "yes"}, "no") == "yes";
        arguments.finish({"number", "tables", "rules", "sort", "derive", "complete", "$comment"});
        check_names(faults);
        read_tables(json, faults);
        for (const char* name :
             {"organ", "organ_short", "organ_code", "province", "channel_digit", "verify_host"}) {
            parts_.catalog.add(std::string("issuer.") + name, Kind::Text);
        }
        read_entries(json, "derive", faults, [&](const Json& entry, const std::string& at) {
            parts_.derivations.push_back(
                make_derivation(entry, at, parts_.catalog, tables_, faults));
        });
        read_entries(json, "rules", faults, [&](const Json& entry, const std::string& at) {
            parts_.checks.push_back(make_check(entry, at, parts_.catalog, tables_, faults));
        });
        read_entries(json, "sort", faults, [&](const Json& entry, const std::string& at) {
            read_sort(entry, at, faults);
        });
        parts_.number =
            NumberPattern::read(json.value("number", Json::object()), parts_.catalog, faults);
        for (const char* name : {"number",
                                 "code",
                                 "code_grouped",
                                 "qr_text",
                                 "channel",
                                 "issued_at",
                                 "issued_day",
                                 "issued_day_cn",
                                 "issued_time"}) {
            parts_.catalog.add(std::string("issuance.") + name, Kind::Text);
        }
        read_entries(json, "complete", faults, [&](const Json& entry, const std::string& at) {
            parts_.completions.push_back(
                make_derivation(entry, at, parts_.catalog, tables_, faults));
        });
    }

    /// The folder's name and its parent's are the version and the type.
    void check_names(Faults& faults) {
        const std::filesystem::path folder =
            std::filesystem::absolute(folder_ / "").lexically_normal().parent_path();
        if (folder.parent_path().filename() != parts_.type) {
            faults.add("/type",
                       "form",
                       "must be the name of the folder above the version, \"" +
                           folder.parent_path().filename().string() + "\"");
        }
        if (folder.filename() != parts_.version) {
            faults.add("/version",
                       "form",
                       "must be the name of the folder, \"" + folder.filename().string() + "\"");
        }
        const bool plain = !parts_.type.empty() && parts_.type.size() <= 60 &&
                           std::all_of(parts_.type.begin(), parts_.type.end(), [](char c) {
                               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                           });
        if (!plain) {
            faults.add("/type", "form", "has up to 60 small letters, digits and hyphens");
        }
        const bool counted = !parts_.version.empty() && parts_.version.size() <= 6 &&
                             parts_.version[0] != '0' &&
                             std::all_of(parts_.version.begin(), parts_.version.end(), [](char c) {
                                 return c >= '0' && c <= '9';
                             });
        if (!counted) {
            faults.add("/version", "form", "is a whole number in quotes: \"1\", then \"2\"");
        }
    }

    void read_tables(const Json& json, Faults& faults) {
        if (!json.contains("tables")) {
            return;
        }
        if (!json["tables"].is_object()) {
            faults.add("/tables", "form", "must be an object of tables");
            return;
        }
        tables_ = json["tables"];
        for (const auto& [name, rows] : tables_.items()) {
            Table::check(rows, "/tables/" + pointer_token(name), faults);
        }
    }

    template <class Read>
    void read_entries(const Json& json, const std::string& name, Faults& faults, const Read& read) {
        if (!json.contains(name)) {
            return;
        }
        if (!json[name].is_array()) {
            faults.add("/" + name, "form", "must be an array");
            return;
        }
        for (std::size_t i = 0; i < json[name].size(); ++i) {
            read(json[name][i], "/" + name + "/" + std::to_string(i));
        }
    }

    void read_sort(const Json& entry, const std::string& at, Faults& faults) {
        if (!entry.is_object()) {
            faults.add(at,
                       "form",
                       "is an object such as {\"rows\": \"rows\", \"by\": [\"rows[].period\"]}");
            return;
        }
        Arguments arguments(entry, at, parts_.catalog, tables_, faults);
        Sorting sorting{arguments.path("rows", {Kind::Array}), arguments.paths("by")};
        if (arguments.rows() != sorting.rows.text()) {
            arguments.fault(
                "by", "names values of the rows, as in \"" + sorting.rows.text() + "[].period\"");
        }
        arguments.finish();
        parts_.sortings.push_back(std::move(sorting));
    }

    std::filesystem::path folder_;
    std::vector<FormFault>& faults_;
    FormParts parts_;
    Json tables_ = Json::object();
};

}  // namespace

std::optional<FormParts> read_form_parts(const std::filesystem::path& folder,
                                         std::vector<FormFault>& faults) {
    return FormReader(folder, faults).read();
}

}  // namespace yinxin::pdf::rules
