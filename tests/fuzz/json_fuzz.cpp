// SPDX-License-Identifier: Apache-2.0
// JSON from outside: {"type", "data"} of a caller is issued as far as it goes without paper,
// anything is read as the options of a seal, and as the published keys of an issuer.
#include "server/json_input.h"

#include <map>

#include "common/limits.h"
#include "pdf/form.h"
#include "server/inspector/external_seal.h"
#include "server/offline/token_answer.h"
#include "tests/fuzz/fuzz.h"

using namespace yinxin;
using nlohmann::json;

namespace {

const pdf::IssuerNames issuer{"示例市税务局", "示", "990001", "99", "9", "v.example.cn"};

std::shared_ptr<const pdf::Form> form_of(const std::string& type) {
    static const auto all = [] {
        std::map<std::string, std::shared_ptr<const pdf::Form>> forms;
        for (const auto& entry : std::filesystem::directory_iterator(YINXIN_FORMS)) {
            if (entry.is_directory()) {
                forms[entry.path().filename()] = pdf::Form::load(entry.path() / "1");
            }
        }
        return forms;
    }();
    const auto found = all.find(type);
    return found != all.end() ? found->second : nullptr;
}

std::size_t depth_of(const json& value) {
    std::size_t deepest = 0;
    for (const json& each : value.is_structured() ? value : json::array()) {
        deepest = std::max(deepest, depth_of(each));
    }
    return deepest + (value.is_structured() ? 1 : 0);
}

void issue(const json& request) {
    server::check_members(
        request,
        {{"type", server::Member::Kind::Text, true}, {"data", server::Member::Kind::Object, true}});
    const auto form = form_of(request.at("type").get<std::string>());
    if (form == nullptr) {
        return;
    }
    pdf::Values values = form->evaluate(request.at("data"), issuer, fuzz::now());
    fuzz::holds(*form->evaluate(*values.input, issuer, fuzz::now()).input == *values.input,
                "what was taken once is taken again as it is");
    pdf::Issuance issuance;
    issuance.number = form->number(values, issuer, 1);
    issuance.code = "7K3M9Q2T5W8X4Y6Y";
    issuance.issued_at = fuzz::now();
    form->complete(values, issuer, issuance);
    form->disclose(values, 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::accepts([&] {
        const json value = server::parse_json(as_text({data, size}));
        fuzz::holds(depth_of(value) <= limits::json_depth_max, "no JSON is deeper than the cap");
        fuzz::holds(server::parse_json(value.dump()) == value, "JSON reads as written");
        fuzz::accepts([&] { server::external_seal_request(value); });
        fuzz::accepts([&] { server::read_key_set(value); });
        issue(value);
    });
    return 0;
}
