// SPDX-License-Identifier: Apache-2.0
// A document type and version: a folder pdf/forms/<type>/<version>/ with form.json (names, number
// pattern, named rules, derived values), input.schema.json, layout.json, disclosure.json and
// example.json. forms/README.md is the format. Here data is checked and completed; overprint.h puts
// it on paper. Nothing here draws.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/ports.h"

namespace yinxin::pdf {

using Json = nlohmann::json;

/// What the instance contributes to a document: names that number patterns and layouts may use as
/// {organ_code}, {organ} ...
struct IssuerNames {
    std::string organ;          ///< 示例市税务局
    std::string organ_short;    ///< 示
    std::string organ_code;     ///< 6 digits
    std::string province;       ///< 2 digits of GB/T 2260; 99 in a demo
    std::string channel_digit;  ///< 5th digit of an invoice number
    std::string verify_host;    ///< host[:port] of public_url, printed in words
};

/// Everything the server knows only after the number was taken.
struct Issuance {
    std::string number;
    std::string code;     ///< 16 symbols, no hyphens
    std::string qr_text;  ///< public_url + "/v/" + code + "#" + token
    Time issued_at{};
    std::string channel;    ///< 打印方式 as printed
    bool specimen = false;  ///< the sealing certificate chains to a demo root
};

/// One masked fact of tier 1. `value` may be shown after any proof; `closer_value` (may be empty)
/// only after the fact named `closer_after`, which already proves as much.
struct ShownFact {
    std::string name;
    std::string label_zh, label_en;
    std::string value;
    std::string closer_value, closer_after;
};

/// A fact a stranger can read off the paper and give as proof. `expected` is compared after the
/// normalisation of the kind
/// ("id_tail": upper case, "amount": two decimals). Never shown, never logged.
struct AskedFact {
    std::string name;  ///< id_last6, total ...
    std::string label_zh, label_en, hint_zh, hint_en;
    std::string kind;
    std::string expected;
};

/// What goes into the QR token.
struct TokenFacts {
    std::string type;                    ///< document type
    std::string period_from, period_to;  ///< YYYY-MM or YYYY-MM-DD or ""
    std::optional<std::int64_t> total_fen;
    int pages = 0;
    std::string masked_name, masked_id;  ///< short forms
};

struct Disclosure {
    std::vector<ShownFact> shown;
    std::vector<AskedFact> asked;
    TokenFacts token;
};

/// Data that passed the schema and every named rule, with the values derived from it.
/// `values` is one JSON object: the input's members as given, rows sorted as the form says (each
/// array element that is an object carries "@pointer", its JSON Pointer in the input), and
/// "derived" with what the rules computed.
struct Values {
    std::shared_ptr<const Json>
        input;  ///< canonical input: members sorted, as stored in the register
    std::shared_ptr<Json> values;
    std::string series;  ///< counter the number comes from, e.g. "tax-payment-record/2026/990001"
    std::chrono::year_month_day day{};  ///< the day the number's {yyyy} and {yy} are taken from
};

/// Every text in Unicode normal form C, as documents keep it: two spellings of one request are one
/// request.
Json in_normal_form(Json data);
std::string in_normal_form(const std::string& text);

/// Immutable once loaded; any thread.
class Form {
  public:
    /// Throws Error{Invalid} naming file, JSON Pointer and remedy: a form that loads can be issued.
    static std::shared_ptr<const Form> load(const std::filesystem::path& folder);
    virtual ~Form() = default;

    virtual const std::string& type() const = 0;
    virtual const std::string& version() const = 0;
    virtual const std::string& title_zh() const = 0;
    virtual const std::string& title_en() const = 0;
    virtual const std::string& seal_use() const = 0;  ///< SealRecord::use of the seal on it
    virtual bool riding_seal() const = 0;             ///< a strip of it on each of several pages
    virtual const Json& layout() const = 0;
    virtual const Json& example() const = 0;
    virtual const std::string& sha256_input()
        const = 0;  ///< the folder's files concatenated by name, for hashing by the server

    /// Schema, named rules, derivations. Throws Error{Invalid} with every fault found, each with
    /// its JSON Pointer.
    virtual Values evaluate(Json data, const IssuerNames& issuer, Time now) const = 0;
    /// As form.json has it: FC{yyyy}{organ_code}{serial:8}.
    virtual const std::string& number_pattern() const = 0;
    /// The printed number for a serial of values.series.
    virtual std::string number(const Values& values,
                               const IssuerNames& issuer,
                               std::uint64_t serial) const = 0;
    /// Derivations that need the number (the invoice's national QR). Call once, after numbering.
    virtual void complete(Values& values,
                          const IssuerNames& issuer,
                          const Issuance& issuance) const = 0;
    virtual Disclosure disclose(const Values& values, int pages) const = 0;
    /// Every path a layout may refer to, such as "taxpayer.name", "rows[].derived.amount",
    /// "issuance.number".
    virtual std::vector<std::string> value_paths() const { return {}; }
};

struct FormFault {
    std::string file, pointer, detail;
};
/// All that is wrong with a folder before it meets paper (form_proof.h); empty when nothing is.
std::vector<FormFault> lint_form(const std::filesystem::path& folder);

/// What is wrong with two types whose patterns can give the same number, for whichever issuer; ""
/// when they cannot, or are versions of one type. One register holds each number once.
std::string number_collision(const Form& form, const Form& other);

/// Names for a form that is tried without an instance.
const IssuerNames& example_issuer();

/// All forms below some roots (<root>/<type>/<version>/). Any thread; rescan() swaps in a new
/// snapshot, the old one stays when nothing loads. A broken folder does not hide the others: see
/// faults().
class FormLibrary {
  public:
    explicit FormLibrary(std::vector<std::filesystem::path> roots);
    ~FormLibrary();
    void rescan();
    /// The highest version; looks at the disk again before it throws Error{NotFound} naming the
    /// known types, or Error{Unavailable} naming the fault of a type that has no version without.
    std::shared_ptr<const Form> current(const std::string& type);
    std::shared_ptr<const Form> version(const std::string& type, const std::string& version);
    std::vector<std::shared_ptr<const Form>> all();
    std::vector<FormFault> faults();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace yinxin::pdf
