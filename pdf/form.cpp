// SPDX-License-Identifier: Apache-2.0
// Runs a form's checks and derivations over data.
#include "pdf/form.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/limits.h"
#include "common/money.h"
#include "common/time_text.h"
#include "pdf/form_folder.h"
#include "pdf/form_parts.h"
#include "pdf/rules/moments.h"
#include "pdf/rules/text.h"

namespace yinxin::pdf {
namespace {

using namespace rules;

/// What rows are sorted by, read once for each row and not for each comparison.
struct SortValue {
    std::string_view text;
    std::optional<Moment> moment;
    std::optional<Decimal> decimal;

    explicit SortValue(std::string_view given)
        : text(given),
          moment(Moment::parse(text, Edge::First)),
          decimal(moment ? std::nullopt : Decimal::parse(text)) {}  // no text is both
    std::strong_ordering compare(const SortValue& other) const {
        if (moment && other.moment) {
            return moment->sorted(*other.moment);
        }
        return decimal && other.decimal ? decimal->compare(*other.decimal) : text <=> other.text;
    }
};

struct SortedRow {
    std::size_t row;
    std::vector<SortValue> by;

    bool operator<(const SortedRow& other) const {
        for (std::size_t i = 0; i < by.size(); ++i) {
            if (const auto order = by[i].compare(other.by[i]); order != 0) {
                return order < 0;
            }
        }
        return false;
    }
};

void sort_rows(const Sorting& sorting, Json& values) {
    Json* found = Rows(sorting.rows.text()).find(values);
    if (found == nullptr || !found->is_array()) {
        return;
    }
    auto& array = found->get_ref<Json::array_t&>();
    std::vector<SortedRow> rows;
    rows.reserve(array.size());
    for (const Json& row : array) {
        SortedRow& sorted = rows.emplace_back(SortedRow{rows.size(), {}});
        sorted.by.reserve(sorting.by.size());
        for (const Path& path : sorting.by) {
            const std::string* text = path.find_text({values, &row});
            sorted.by.emplace_back(text != nullptr ? std::string_view(*text) : "");
        }
    }
    std::stable_sort(rows.begin(), rows.end());
    Json::array_t in_order;
    in_order.reserve(rows.size());
    for (const SortedRow& each : rows) {
        in_order.push_back(std::move(array[each.row]));
    }
    array = std::move(in_order);
}

/// Layouts report a text that does not fit by the place the caller knows: "@pointer" in each row.
void note_pointers(Json& value, const std::string& pointer) {
    if (auto* object = value.get_ptr<Json::object_t*>()) {
        for (auto& [name, member] : *object) {
            if (member.is_structured()) {
                note_pointers(member, pointer + "/" + pointer_token(name));
            }
        }
    } else if (auto* array = value.get_ptr<Json::array_t*>()) {
        for (std::size_t i = 0; i < array->size(); ++i) {
            Json& entry = (*array)[i];
            if (entry.is_structured()) {
                const std::string place = pointer + "/" + std::to_string(i);
                note_pointers(entry, place);
                if (auto* row = entry.get_ptr<Json::object_t*>()) {
                    row->emplace("@pointer", place);
                }
            }
        }
    }
}

/// Deeper no schema looks: what stands there is refused.
void normalise(Json& value, std::size_t depth) {
    if (value.is_string()) {
        std::string& text = value.get_ref<std::string&>();
        text = to_nfc(std::move(text));
    } else if (value.is_structured() && depth < limits::json_depth_max) {
        for (Json& member : value) {
            normalise(member, depth + 1);
        }
    }
}

using Texts = std::initializer_list<std::pair<const char*, std::string_view>>;

Json object_of(Texts members) {
    Json out = Json::object();
    auto& object = out.get_ref<Json::object_t&>();
    for (const auto& [name, text] : members) {
        object.emplace(name, text);
    }
    return out;
}

Json issuer_values(const IssuerNames& issuer) {
    return object_of({{"organ", issuer.organ},
                      {"organ_short", issuer.organ_short},
                      {"organ_code", issuer.organ_code},
                      {"province", issuer.province},
                      {"channel_digit", issuer.channel_digit},
                      {"verify_host", issuer.verify_host}});
}

std::string in_groups(const std::string& code) {
    std::string grouped;
    for (std::size_t i = 0; i < code.size(); ++i) {
        grouped += (i > 0 && i % 4 == 0 ? "-" : "") + std::string(1, code[i]);
    }
    return grouped;
}

Json issuance_values(const Issuance& issuance) {
    const std::string utc = to_rfc3339(issuance.issued_at);
    const std::string local =
        to_rfc3339(issuance.issued_at + std::chrono::hours(8)).substr(0, 19).replace(10, 1, " ");
    const std::string day = local.substr(0, 10);
    return object_of({{"number", issuance.number},
                      {"code", issuance.code},
                      {"code_grouped", in_groups(issuance.code)},
                      {"qr_text", issuance.qr_text},
                      {"channel", issuance.channel},
                      {"issued_at", utc},
                      {"issued_day", day},
                      {"issued_day_cn",
                       day.substr(0, 4) + "年" + day.substr(5, 2) + "月" + day.substr(8, 2) + "日"},
                      {"issued_time", local}});
}

class CompiledForm : public Form {
  public:
    explicit CompiledForm(FormParts parts) : parts_(std::move(parts)) {}

    const std::string& type() const override { return parts_.type; }
    const std::string& version() const override { return parts_.version; }
    const std::string& title_zh() const override { return parts_.title_zh; }
    const std::string& title_en() const override { return parts_.title_en; }
    const std::string& seal_use() const override { return parts_.seal_use; }
    bool riding_seal() const override { return parts_.riding_seal; }
    const Json& layout() const override { return parts_.layout; }
    const Json& example() const override { return parts_.example; }
    const std::string& sha256_input() const override { return parts_.sha256_input; }

    Values evaluate(Json accepted, const IssuerNames& issuer, Time now) const override;
    const std::string& number_pattern() const override { return parts_.number.text(); }
    std::string number(const Values& values,
                       const IssuerNames& issuer,
                       std::uint64_t serial) const override {
        return parts_.number.number(values.day, issuer, serial);
    }
    void complete(Values& values,
                  const IssuerNames& issuer,
                  const Issuance& issuance) const override;
    Disclosure disclose(const Values& values, int pages) const override {
        return parts_.disclosure.disclose(parts_.type, *values.values, pages);
    }
    std::vector<std::string> value_paths() const override;

  private:
    [[noreturn]] void refuse(const Faults& faults) const;

    FormParts parts_;
};

void CompiledForm::refuse(const Faults& faults) const {
    const std::size_t count = faults.list().size();
    const FieldError& first = faults.list().front();
    throw Error(ErrorCode::Invalid,
                "The data of this " + parts_.type + " has " + std::to_string(count) +
                    (faults.full() ? " or more" : "") +
                    (count == 1 ? " fault. " : " faults. First: ") +
                    (first.pointer.empty() ? "" : first.pointer + ": ") + first.detail,
                faults.list());
}

Values CompiledForm::evaluate(Json accepted, const IssuerNames& issuer, Time now) const {
    Faults faults;
    parts_.schema->validate(accepted, faults);
    faults.settle();
    if (accepted.is_object()) {
        for (const Check& check : parts_.checks) {
            if (!check.after_derivation) {
                check.run({accepted, now, faults});
            }
        }
    }
    if (!faults.empty()) {
        refuse(faults);
    }
    Values result;
    auto values = std::make_shared<Json>(accepted);
    note_pointers(*values, "");
    for (const Sorting& sorting : parts_.sortings) {
        sort_rows(sorting, *values);
    }
    (*values)["issuer"] = issuer_values(issuer);
    (*values)["derived"] = Json::object();
    try {
        for (const Derivation& derivation : parts_.derivations) {
            derivation(*values);
        }
    } catch (const Error& error) {
        faults.add("", "range", error.what());
        refuse(faults);
    }
    for (const Check& check : parts_.checks) {
        if (check.after_derivation) {
            check.run({*values, now, faults});
        }
    }
    if (!faults.empty()) {
        refuse(faults);
    }
    result.input = std::make_shared<const Json>(std::move(accepted));
    result.day = parts_.number.day(*values, now);
    result.series = parts_.number.series(parts_.type, result.day, issuer);
    result.values = std::move(values);
    return result;
}

void CompiledForm::complete(Values& values,
                            const IssuerNames& issuer,
                            const Issuance& issuance) const {
    Json& all = *values.values;
    all["issuer"] = issuer_values(issuer);
    all["issuance"] = issuance_values(issuance);
    for (const Derivation& completion : parts_.completions) {
        completion(all);
    }
}

std::vector<std::string> CompiledForm::value_paths() const {
    std::vector<std::string> paths;
    for (const auto& [path, kind] : parts_.catalog.all()) {
        paths.push_back(path);
    }
    return paths;
}

}  // namespace

namespace rules {

std::shared_ptr<const Form> compile_form(const std::filesystem::path& folder,
                                         std::vector<FormFault>& faults) {
    std::optional<FormParts> parts = read_form_parts(folder, faults);
    return parts ? std::make_shared<const CompiledForm>(*std::move(parts)) : nullptr;
}

}  // namespace rules

std::shared_ptr<const Form> Form::load(const std::filesystem::path& folder) {
    std::vector<FormFault> faults;
    std::shared_ptr<const Form> form = rules::compile_form(folder, faults);
    if (form) {
        return form;
    }
    std::vector<FieldError> fields;
    for (const FormFault& fault : faults) {
        fields.push_back({fault.pointer, "form", fault.file + ": " + fault.detail});
    }
    const FormFault& first = faults.front();
    throw Error(ErrorCode::Invalid,
                "The form in " + folder.string() + " has " + std::to_string(faults.size()) +
                    (faults.size() == 1 ? " fault: " : " faults; first: ") + first.file +
                    (first.pointer.empty() ? "" : " " + first.pointer) + ": " + first.detail +
                    " (yinxin form lint shows all)",
                std::move(fields));
}

Json in_normal_form(Json data) {
    normalise(data, 0);
    return data;
}

std::string in_normal_form(const std::string& text) {
    return rules::to_nfc(text);
}

const IssuerNames& example_issuer() {
    static const IssuerNames names = {.organ = "示例市税务局",
                                      .organ_short = "示",
                                      .organ_code = "990001",
                                      .province = "99",
                                      .channel_digit = "0",
                                      .verify_host = "verify.example.org"};
    return names;
}

std::vector<FormFault> lint_form(const std::filesystem::path& folder) {
    std::vector<FormFault> faults;
    const std::shared_ptr<const Form> form = rules::compile_form(folder, faults);
    if (!form) {
        return faults;
    }
    const IssuerNames& issuer = example_issuer();
    try {
        Values values = form->evaluate(form->example(), issuer, SystemClock().now());
        Issuance issuance;
        issuance.number = form->number(values, issuer, 1);
        issuance.code = "ABCDEFGHJKLMNPQ5";
        form->complete(values, issuer, issuance);
        if (form->disclose(values, 1).asked.empty()) {
            faults.push_back({"disclosure.json",
                              "/asked",
                              "of the example no fact can be asked, so its holder could never "
                              "prove it by hand"});
        }
    } catch (const Error& error) {
        for (const FieldError& field : error.fields()) {
            faults.push_back({"example.json", field.pointer, field.detail});
        }
        if (error.fields().empty()) {
            faults.push_back({"example.json", "", error.what()});
        }
    }
    return faults;
}

}  // namespace yinxin::pdf
