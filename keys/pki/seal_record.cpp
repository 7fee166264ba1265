// SPDX-License-Identifier: Apache-2.0
#include "keys/pki/seal_record.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "common/error.h"
#include "common/limits.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"

namespace yinxin::keys {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "yinxin-seal-record-1";
/// With "picture_sha256" besides.
constexpr const char* kFormatWithPicture = "yinxin-seal-record-2";
constexpr std::size_t kTextBytesMax = 200;
constexpr double kSizeMmMax = 60;  // the largest seal there is (the State Council's)
constexpr const char* kMembers[] = {"format",
                                    "id",
                                    "use",
                                    "shape",
                                    "owner",
                                    "middle_text",
                                    "tax_id",
                                    "width_mm",
                                    "height_mm",
                                    "certificate_sha256",
                                    "valid_from",
                                    "valid_to"};

[[noreturn]] void fail(const std::string& detail) {
    throw Error(ErrorCode::Invalid, "seal record: " + detail);
}

/// What a member says is wrong: `detail` goes on after its name.
[[noreturn]] void fail(const char* member, const std::string& detail) {
    throw Error(ErrorCode::Invalid,
                std::string("seal record: /") + member + " " + detail,
                {{std::string("/") + member, "seal", detail}});
}

/// JSON without repeated members: a reader that takes the first and one that takes the last would
/// see two seals.
json parse_strictly(ByteView body) {
    if (body.size() > limits::json_bytes_max) {
        fail("larger than a megabyte");
    }
    std::vector<std::set<std::string>> seen;
    const auto refuse_repetition = [&seen](int, json::parse_event_t event, json& parsed) {
        if (event == json::parse_event_t::object_start) {
            seen.emplace_back();
        } else if (event == json::parse_event_t::object_end) {
            seen.pop_back();
        } else if (event == json::parse_event_t::key &&
                   !seen.back().insert(parsed.get<std::string>()).second) {
            fail("member " + parsed.get<std::string>() + " twice");
        }
        return true;
    };
    try {
        return json::parse(body.begin(), body.end(), refuse_repetition);
    } catch (const json::exception&) {
        fail("its body is not JSON");
    }
}

const json& member(const json& record, const char* name, json::value_t type) {
    const auto found = record.find(name);
    const bool number = type == json::value_t::number_float;
    if (found == record.end() || (number ? !found->is_number() : found->type() != type)) {
        fail(name, "is missing or of the wrong type");
    }
    return *found;
}

std::string text(const json& record, const char* name) {
    const auto value = member(record, name, json::value_t::string).get<std::string>();
    if (value.size() > kTextBytesMax) {
        fail(name, "is longer than 200 bytes");
    }
    return value;
}

double millimetres(const json& record, const char* name) {
    const auto value = member(record, name, json::value_t::number_float).get<double>();
    if (!(value > 0 && value <= kSizeMmMax)) {
        fail(name, "is not between 0 and 60");
    }
    return value;
}

Time time(const json& record, const char* name) {
    const auto value = parse_rfc3339(text(record, name));
    if (!value) {
        fail(name, "is not an RFC 3339 time");
    }
    return *value;
}

SealShape shape_of(const std::string& word) {
    if (word == "round") {
        return SealShape::Round;
    }
    if (word == "oval") {
        return SealShape::Oval;
    }
    fail("shape", "is neither round nor oval");
}

bool is_sha256(const std::string& hex) {
    return hex.size() == 2 * sha256_bytes &&
           hex.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::vector<Bytes> fingerprints(const json& record) {
    std::vector<Bytes> result;
    for (const json& value : member(record, "certificate_sha256", json::value_t::array)) {
        if (!value.is_string() || !is_sha256(value.get_ref<const std::string&>())) {
            fail("certificate_sha256",
                 "holds something that is not 64 lower-case hexadecimal digits");
        }
        result.push_back(from_hex(value.get_ref<const std::string&>()));
    }
    if (result.empty()) {
        fail("certificate_sha256", "is empty: nobody may use this seal");
    }
    return result;
}

void check_id(const std::string& id) {
    if (id.size() != 14 || id.find_first_not_of("0123456789") != std::string::npos) {
        fail("id", "is not 14 digits");
    }
}

SealRecord decode(ByteView body, const Bytes& picture) {
    const json record = parse_strictly(body);
    if (!record.is_object()) {
        fail("not an object");
    }
    const std::string format = text(record, "format");
    const bool pictured = format == kFormatWithPicture;
    if (!pictured && format != kFormat) {
        fail("format", std::string("is not ") + kFormat + " or " + kFormatWithPicture);
    }
    if (record.size() != std::size(kMembers) + (pictured ? 1 : 0)) {
        fail("not an object of exactly " + std::string(pictured ? "thirteen" : "twelve") +
             " members");
    }
    if (pictured != !picture.empty() ||
        (pictured && text(record, "picture_sha256") != to_hex(sha256(picture)))) {
        fail("the picture is not the one that was signed");
    }
    SealRecord result;
    result.id = text(record, "id");
    check_id(result.id);
    result.use = text(record, "use");
    result.shape = shape_of(text(record, "shape"));
    result.owner = text(record, "owner");
    result.middle_text = text(record, "middle_text");
    result.tax_id = text(record, "tax_id");
    result.width_mm = millimetres(record, "width_mm");
    result.height_mm = millimetres(record, "height_mm");
    result.certificate_sha256 = fingerprints(record);
    result.valid_from = time(record, "valid_from");
    result.valid_to = time(record, "valid_to");
    result.picture = picture;
    return result;
}

/// The maker's certificate and those above it.
std::vector<Certificate> makers_path(ByteView der, const std::vector<Bytes>& anchors, Time now) {
    try {
        return build_path({to_bytes(der)}, anchors, now);
    } catch (const Error& error) {
        fail(std::string("the maker's ") + error.what());
    }
}

[[noreturn]] void fail_out_of_time(const SealRecord& record) {
    fail(record.id + " (" + record.owner + ") is valid from " + to_rfc3339(record.valid_from) +
         " to " + to_rfc3339(record.valid_to) + " only");
}

}  // namespace

Bytes encode_seal_record(const SealRecord& record) {
    json certificates = json::array();
    for (const Bytes& fingerprint : record.certificate_sha256) {
        certificates.push_back(to_hex(fingerprint));
    }
    json body = {{"format", record.picture.empty() ? kFormat : kFormatWithPicture},
                 {"id", record.id},
                 {"use", record.use},
                 {"shape", record.shape == SealShape::Round ? "round" : "oval"},
                 {"owner", record.owner},
                 {"middle_text", record.middle_text},
                 {"tax_id", record.tax_id},
                 {"width_mm", record.width_mm},
                 {"height_mm", record.height_mm},
                 {"certificate_sha256", certificates},
                 {"valid_from", to_rfc3339(record.valid_from)},
                 {"valid_to", to_rfc3339(record.valid_to)}};
    if (!record.picture.empty()) {
        body["picture_sha256"] = to_hex(sha256(record.picture));
    }
    return to_bytes(as_bytes(body.dump()));
}

bool SealRecord::lists(const Bytes& sha256) const {
    return std::find(certificate_sha256.begin(), certificate_sha256.end(), sha256) !=
           certificate_sha256.end();
}

SealRecord read_seal_record(const StoredSealRecord& stored) {
    SealRecord record = decode(stored.body, stored.picture);
    record.ses_seal = stored.ses_seal.value_or(Bytes());
    return record;
}

SealRecord open_coming_seal_record(const StoredSealRecord& stored,
                                   const std::vector<Bytes>& anchors,
                                   Time now) {
    // Nothing of the body is read before it is known whose it is.
    const std::vector<Certificate> path = makers_path(stored.maker_certificate, anchors, now);
    const Certificate& maker = path.front();
    if (!verify_sha256(maker.spki, stored.body, stored.signature)) {
        fail("the maker's signature does not hold");
    }
    SealRecord record = read_seal_record(stored);
    if (record.lists(maker.sha256)) {
        fail("the maker may not use the seals it makes");
    }
    if (now > record.valid_to) {
        fail_out_of_time(record);
    }
    for (const Certificate& each : path) {
        record.maker_until = std::min(record.maker_until, each.not_after);
    }
    return record;
}

SealRecord open_seal_record(const StoredSealRecord& stored,
                            const std::vector<Bytes>& anchors,
                            Time now) {
    SealRecord record = open_coming_seal_record(stored, anchors, now);
    if (now < record.valid_from) {
        fail_out_of_time(record);
    }
    return record;
}

}  // namespace yinxin::keys
