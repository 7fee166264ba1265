// SPDX-License-Identifier: Apache-2.0
#include "server/seal_records.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/pki/certificate.h"
#include "pdf/png_image.h"
#include "server/children.h"

namespace yinxin::server {
namespace {

constexpr std::chrono::hours kLife{3 * 365 * 24};
constexpr std::size_t kReasonBytesMax = 200;

[[noreturn]] void wrong(const std::string& member, const std::string& detail) {
    throw Error(
        ErrorCode::Invalid, "the seal cannot be made: " + detail, {{"/" + member, "seal", detail}});
}

std::string text(const Json& order, const char* name, const std::string& otherwise) {
    if (!order.contains(name)) {
        return otherwise;
    }
    if (!order.at(name).is_string()) {
        wrong(name, std::string(name) + " is a text");
    }
    return order.at(name).get<std::string>();
}

double millimetres(const Json& order, const char* name, double otherwise) {
    if (!order.contains(name)) {
        return otherwise;
    }
    if (!order.at(name).is_number()) {
        wrong(name, std::string(name) + " is a number of millimetres");
    }
    return order.at(name).get<double>();
}

Time time(const Json& order, const char* name, Time otherwise) {
    if (!order.contains(name)) {
        return otherwise;
    }
    const auto parsed = parse_rfc3339(text(order, name, ""));
    if (!parsed) {
        wrong(name, std::string(name) + " is a time as 2026-01-31T09:00:00Z");
    }
    return *parsed;
}

void check_words(const std::string& reason) {
    if (reason.empty() || reason.size() > kReasonBytesMax) {
        wrong("reason", "a reason has 1 to 200 bytes; it is shown with the seal");
    }
}

}  // namespace

std::map<std::string, keys::SealRecord> usable_seals(Store& store,
                                                     const std::vector<Bytes>& anchors,
                                                     const Bytes& seal_certificate,
                                                     Time now) {
    const Bytes own = keys::sha256(seal_certificate);
    const auto rank = [&](const keys::SealRecord& record) {
        return std::pair(record.lists(own), record.valid_from);
    };
    std::map<std::string, keys::SealRecord> seals;
    for (const SealRecordRow& row : store.seal_records()) {
        if (row.ended_at) {
            continue;
        }
        try {
            keys::SealRecord record = keys::open_seal_record(row.record, anchors, now);
            auto& slot = seals[record.use];
            if (slot.id.empty() || rank(slot) <= rank(record)) {
                slot = std::move(record);
            }
        } catch (const Error& error) {
            spdlog::warn("a seal record is not used: {}", error.what());
        }
    }
    return seals;
}

Json SealRecords::create(const Json& order, ByteView picture) {
    const std::lock_guard lock(mutex_);
    keys::SealRecord record;
    record.id = next_id();
    record.owner = parts_.config.issuer.organ;
    record.certificate_sha256 = {keys::sha256(parts_.seal_certificate())};
    record.valid_from = parts_.clock.now();
    record.valid_to = record.valid_from + kLife;
    if (text(order, "shape", "round") == "oval") {
        record.width_mm = 40;
        record.height_mm = 30;
    }
    return make(ordered(order, std::move(record)), picture, "", "");
}

Json SealRecords::replace(const std::string& id,
                          const Json& order,
                          ByteView picture,
                          const std::string& reason) {
    check_words(reason);
    const std::lock_guard lock(mutex_);
    const SealRecordRow old = row_of(id);
    keys::SealRecord record = keys::read_seal_record(old.record);
    record.id = next_id();
    record.certificate_sha256 = {keys::sha256(parts_.seal_certificate())};
    record.valid_from = parts_.clock.now();
    record.valid_to = record.valid_from + kLife;
    const Bytes kept = picture.empty() ? record.picture : to_bytes(picture);
    return make(ordered(order, std::move(record)), kept, id, reason);
}

Json SealRecords::expire(const std::string& id, const std::string& reason) {
    check_words(reason);
    const std::lock_guard lock(mutex_);
    parts_.store.end_seal_record(id, reason, parts_.clock.now());
    parts_.changed();
    return describe(row_of(id));
}

Json SealRecords::list() {
    Json all = Json::array();
    for (const SealRecordRow& row : parts_.store.seal_records()) {
        all.push_back(describe(row));
    }
    return all;
}

Json SealRecords::show(const std::string& id) {
    const SealRecordRow row = row_of(id);
    Json out = describe(row);
    out["body"] = to_base64url(row.record.body);
    out["signature"] = to_base64url(row.record.signature);
    out["maker_certificate"] = to_base64url(row.record.maker_certificate);
    if (!row.record.picture.empty()) {
        out["picture"] = to_base64url(row.record.picture);
    }
    if (row.record.ses_seal) {
        out["ses_seal"] = to_base64url(*row.record.ses_seal);
    }
    return out;
}

/// The members of an order over what holds without it.
keys::SealRecord SealRecords::ordered(const Json& order, keys::SealRecord record) const {
    for (const auto& [name, value] : order.items()) {
        static const std::vector<std::string> known{"id",
                                                    "use",
                                                    "shape",
                                                    "owner",
                                                    "middle_text",
                                                    "tax_id",
                                                    "width_mm",
                                                    "height_mm",
                                                    "valid_from",
                                                    "valid_to",
                                                    "certificate_sha256"};
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            wrong(name, "a seal has no " + name);
        }
    }
    record.id = text(order, "id", record.id);
    record.use = text(order, "use", record.use);
    const std::string shape =
        text(order, "shape", record.shape == keys::SealShape::Oval ? "oval" : "round");
    if (shape != "round" && shape != "oval") {
        wrong("shape", "a seal is round or oval");
    }
    record.shape = shape == "oval" ? keys::SealShape::Oval : keys::SealShape::Round;
    record.owner = text(order, "owner", record.owner);
    record.middle_text = text(order, "middle_text", record.middle_text);
    record.tax_id = text(order, "tax_id", record.tax_id);
    record.width_mm = millimetres(order, "width_mm", record.width_mm);
    record.height_mm = millimetres(order, "height_mm", record.height_mm);
    record.valid_from = time(order, "valid_from", record.valid_from);
    record.valid_to = time(order, "valid_to", record.valid_to);
    if (order.contains("certificate_sha256")) {
        record.certificate_sha256.clear();
        for (const Json& each : order.at("certificate_sha256")) {
            record.certificate_sha256.push_back(from_hex(each.get<std::string>()));
        }
    }
    if (record.use.empty()) {
        wrong("use",
              "say what the seal is used for: business, tax, invoice, or the word of a form");
    }
    if (record.valid_from >= record.valid_to || record.valid_to <= parts_.clock.now()) {
        wrong("valid_to", "the seal would never be valid");
    }
    return record;
}

/// The use of the maker's key is in the audit before it is asked.
Json SealRecords::make(keys::SealRecord record,
                       ByteView picture,
                       const std::string& replaces,
                       const std::string& reason) {
    if (!picture.empty()) {
        pdf::read_png(picture);
        record.picture = to_bytes(picture);
    }
    keys::StoredSealRecord stored;
    stored.body = keys::encode_seal_record(record);
    stored.picture = record.picture;
    KeyUse use{KeyUse::Phase::Begin,
               keys::KeyPurpose::SealRecord,
               "seal-maker",
               record.id,
               keys::sha256(stored.body),
               parts_.clock.now()};
    parts_.store.record_key_uses({use});
    const Json made = ask_once({.program = find_program("yinxin-sealer"), .arguments = {"maker"}},
                               {{"pki", parts_.config.pki_dir().string()},
                                {"passphrase_file", parts_.config.passphrase_file.string()},
                                {"operations", parts_.config.operations_file().string()},
                                {"key", use.key_id},
                                {"id", record.id},
                                {"body", to_base64url(stored.body)}});
    try {
        stored.signature = from_base64url(made.at("signature").get<std::string>());
        stored.maker_certificate = from_base64url(made.at("certificate").get<std::string>());
        // What nobody could open is not kept; one that begins later is looked at as of then.
        keys::open_seal_record(
            stored, parts_.anchors, std::max(parts_.clock.now(), record.valid_from));
        use.phase = KeyUse::Phase::End;
        use.at = parts_.clock.now();
        parts_.store.put_seal_record(record.id, stored, {use}, replaces, reason);
    } catch (const std::exception&) {
        use.phase = KeyUse::Phase::Discarded;
        parts_.store.record_key_uses({use});
        throw;
    }
    parts_.changed();
    return describe(row_of(record.id));
}

/// One more than the highest of this place.
std::string SealRecords::next_id() {
    std::string place = parts_.config.issuer.organ_code;
    place.resize(6, '0');
    std::uint64_t last = 0;
    for (const SealRecordRow& row : parts_.store.seal_records()) {
        if (row.id.starts_with(place)) {
            last = std::max<std::uint64_t>(last, std::stoull(row.id.substr(6)));
        }
    }
    std::string serial = std::to_string(last + 1);
    return place + std::string(8 - std::min<std::size_t>(serial.size(), 8), '0') + serial;
}

SealRecordRow SealRecords::row_of(const std::string& id) {
    for (SealRecordRow& row : parts_.store.seal_records()) {
        if (row.id == id) {
            return std::move(row);
        }
    }
    throw Error(ErrorCode::NotFound, "there is no seal " + id + "; see: yinxin seals list");
}

Json SealRecords::describe(const SealRecordRow& row) const {
    Json out{{"id", row.id}, {"added_at", to_rfc3339(row.added_at)}};
    try {
        const keys::SealRecord record = keys::read_seal_record(row.record);
        const Time now = parts_.clock.now();
        Json certificates = Json::array();
        for (const Bytes& each : record.certificate_sha256) {
            certificates.push_back(to_hex(each));
        }
        out.update({{"use", record.use},
                    {"shape", record.shape == keys::SealShape::Oval ? "oval" : "round"},
                    {"owner", record.owner},
                    {"middle_text", record.middle_text},
                    {"tax_id", record.tax_id},
                    {"width_mm", record.width_mm},
                    {"height_mm", record.height_mm},
                    {"drawn", record.picture.empty()},
                    {"certificate_sha256", certificates},
                    {"valid_from", to_rfc3339(record.valid_from)},
                    {"valid_to", to_rfc3339(record.valid_to)},
                    {"maker", keys::Certificate::from_der(row.record.maker_certificate).subject}});
        out["state"] = !row.replaced_by.empty()  ? "replaced"
                       : row.ended_at            ? "ended"
                       : now > record.valid_to   ? "expired"
                       : now < record.valid_from ? "not_yet_valid"
                                                 : "valid";
        if (out["state"] == "valid") {
            keys::open_seal_record(row.record, parts_.anchors, now);
        }
    } catch (const Error& error) {
        out["state"] = "invalid";
        out["fault"] = error.what();
    }
    if (row.ended_at) {
        out["ended_at"] = to_rfc3339(*row.ended_at);
        out["end_reason"] = row.end_reason;
    }
    if (!row.replaced_by.empty()) {
        out["replaced_by"] = row.replaced_by;
    }
    return out;
}

}  // namespace yinxin::server
