// SPDX-License-Identifier: Apache-2.0
#include "server/offline/token_answer.h"

#include <algorithm>

#include "common/error.h"
#include "common/money.h"
#include "common/time_text.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "server/domain/verification_code.h"

namespace yinxin::server {
namespace {

using Json = nlohmann::json;

[[noreturn]] void no_key_set(const std::string& why) {
    throw Error(
        ErrorCode::Malformed,
        "the key set is not usable: " + why + "; take /.well-known/jwks.json from the issuer");
}

/// x5c is the one place of base64 with + / and padding (RFC 7517, 4.7).
Bytes from_plain_base64(std::string text) {
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    text.erase(std::find(text.begin(), text.end(), '='), text.end());
    return from_base64url(text);
}

PublishedKey read_key(const Json& entry) {
    PublishedKey found;
    for (const Json& each : entry.at("x5c")) {
        found.chain.push_back(from_plain_base64(each.get<std::string>()));
    }
    if (found.chain.empty()) {
        no_key_set("a key has no certificate (x5c)");
    }
    found.key.public_key_spki = keys::Certificate::from_der(found.chain.front()).spki;
    found.key.key_id = keys::short_key_id(found.key.public_key_spki);
    const auto point = keys::p256_point(found.key.public_key_spki);
    if (!point || entry.at("x") != to_base64url(point->x) ||
        entry.at("y") != to_base64url(point->y) ||
        entry.at("kid") != to_base64url(found.key.key_id)) {
        no_key_set("a key is not the one of its certificate");
    }
    return found;
}

/// Whether the address before a token names another document than the token.
bool names_another(const std::string& address, const std::string& code) {
    const std::size_t at = address.rfind("/v/");
    if (at == std::string::npos) {
        return false;
    }
    const std::string named = address.substr(at + 3);
    try {
        return read_verification_code(named.substr(0, named.find_first_of("?/"))) != code;
    } catch (const Error&) {  // no misreading: a symbol corrects itself or is not read
        return true;
    }
}

struct Scanned {
    std::string address, token;
};

/// Parted at #; a text without one is a token. Throws Error{Malformed} for what is none by its
/// looks: it says nothing of a document.
Scanned parts_of(const std::string& text) {
    constexpr std::size_t kShortest = 20;
    const std::size_t hash = text.find('#');
    if (hash != std::string::npos) {
        return {text.substr(0, hash), text.substr(hash + 1)};
    }
    if (text.size() < kShortest || text.find_first_of(" ,:/") != std::string::npos) {
        throw Error(
            ErrorCode::Malformed,
            "this is not the text of a signed QR code: scan the one beside 验证码 and give all "
            "of it, PUBLIC_URL/v/CODE#TOKEN; an invoice has another one at the upper left");
    }
    return {"", text};
}

Json facts_of(const verify::TokenFacts& facts) {
    auto list = Json::array();
    const auto add = [&](const char* name,
                         const char* zh,
                         const char* en,
                         const std::string& value) {
        if (!value.empty()) {
            list.push_back({{"name", name}, {"label_zh", zh}, {"label_en", en}, {"value", value}});
        }
    };
    const bool one = facts.period_to.empty() || facts.period_to == facts.period_from;
    add("name", "姓名或名称", "Name", facts.masked_name);
    add("id", "证件号码", "ID number", facts.masked_id);
    add("period",
        "所属期",
        "Period",
        one ? facts.period_from : facts.period_from + " – " + facts.period_to);
    add("total",
        "合计金额",
        "Total",
        facts.total_fen ? Money::from_fen(*facts.total_fen).grouped() : "");
    add("pages", "页数", "Pages", std::to_string(facts.pages));
    return list;
}

Json issuer_of(const PublishedKey& key,
               const verify::TokenFacts& facts,
               const std::vector<Bytes>& anchors) {
    const auto certificate = keys::Certificate::from_der(key.chain.front());
    std::string trusted = "unknown";
    if (!anchors.empty()) {
        try {
            keys::build_path(key.chain, anchors, facts.issued_at);
            trusted = "yes";
        } catch (const Error&) {
            trusted = "no";
        }
    }
    return {{"name", certificate.subject},
            {"certificate_sha256", to_hex(certificate.sha256)},
            {"trusted", trusted},
            {"valid_at_sealing", certificate.valid_at(facts.issued_at)}};
}

}  // namespace

std::vector<PublishedKey> read_key_set(const nlohmann::json& key_set) {
    std::vector<PublishedKey> found;
    try {
        for (const Json& entry : key_set.at("keys")) {
            if (entry.value("kty", "") == "EC" && entry.value("crv", "") == "P-256") {
                found.push_back(read_key(entry));
            }
        }
    } catch (const Json::exception&) {
        no_key_set("it is not {\"keys\": [{kty, crv, kid, x, y, x5c}, ...]}");
    }
    if (found.empty()) {
        no_key_set("there is no P-256 key in it");
    }
    return found;
}

nlohmann::json answer_offline(const std::string& text,
                              const std::vector<PublishedKey>& keys,
                              const std::vector<Bytes>& anchors,
                              Time now) {
    Json answer{{"outcome", "not_verified"},
                {"integrity", "not_checked"},
                {"status", "unknown"},
                {"token", "not_genuine"},
                {"issuer",
                 {{"name", nullptr},
                  {"certificate_sha256", nullptr},
                  {"trusted", "unknown"},
                  {"valid_at_sealing", false}}},
                {"checked_at", to_rfc3339(now)}};
    const Scanned scanned = parts_of(text);
    std::vector<verify::TokenKey> known;
    for (const PublishedKey& each : keys) {
        known.push_back(each.key);
    }
    const auto facts = verify::check_token(scanned.token, known);
    if (!facts) {
        answer["why"] = "it was not signed with any of these keys, or was changed since";
        return answer;
    }
    if (names_another(scanned.address, facts->code)) {
        answer["why"] = "the address names another document than the token";
        return answer;
    }
    const auto signer = std::find_if(keys.begin(), keys.end(), [&](const PublishedKey& each) {
        return each.key.key_id == facts->key_id;
    });
    answer["issuer"] = issuer_of(*signer, *facts, anchors);
    if (!answer["issuer"].at("valid_at_sealing").get<bool>()) {
        answer["why"] = "its key was not valid at the time of issue that it states";
        return answer;
    }
    answer["token"] = "genuine";
    answer["document"] = {{"type", facts->type},
                          {"code", facts->code},
                          {"organ_code", facts->issuer_code},
                          {"issued_at", to_rfc3339(facts->issued_at)}};
    answer["facts"] = facts_of(*facts);
    return answer;
}

}  // namespace yinxin::server
