// SPDX-License-Identifier: Apache-2.0
#include "server/seal_records.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "pdf/overprint.h"
#include "pdf/png_image.h"
#include "server/children.h"
#include "server/service/seal_design.h"
#include "server/ses_seals.h"
#include "signer/ses_seal.h"

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

enum class Maker { Record, SesSeal };

/// Id of a seal maker's key in pki/; "" when there is none.
std::string maker_here(const Config& config, Maker maker) {
    std::string found;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(config.pki_dir(), none)) {
        const std::string id = entry.path().stem().string();
        if (entry.path().extension() == ".p8" && id.ends_with("seal-maker") &&
            id.ends_with("sm2-seal-maker") == (maker == Maker::SesSeal)) {
            found = found.empty() ? id : std::min(found, id);
        }
    }
    return found;
}

/// What one of the makers is to sign.
struct MakersPart {
    std::string key;         ///< in pki/
    std::string counted_as;  ///< in the audit table and in the counter
    Bytes message;
};

std::vector<Bytes> fingerprints(const SealUsers& users) {
    std::vector<Bytes> found{keys::sha256(users.seal)};
    if (!users.ses.empty()) {
        found.push_back(keys::sha256(users.ses));
    }
    return found;
}

Bytes checked_ses_seal(const MakersPart& part, const Bytes& certificate, const Bytes& signature) {
    const Bytes spki = keys::Certificate::from_der(certificate).spki;
    if (keys::key_algorithm_of(spki) != keys::KeyAlgorithm::Sm2 ||
        !keys::verify_signature(spki, part.message, signature)) {
        throw Error(ErrorCode::Invalid,
                    "the maker of seals of GB/T 38540, pki/" + part.key +
                        ", has to be an SM2 key with its certificate");
    }
    return signer::ses_seal(part.message, certificate, signature);
}

}  // namespace

bool fits(const keys::SealRecord& record, const SealUsers& users) {
    return record.lists(keys::sha256(users.seal)) &&
           (users.ses.empty() || (record.lists(keys::sha256(users.ses)) &&
                                  signer::ses_seal_lists(record.ses_seal, users.ses)));
}

std::map<std::string, keys::SealRecord> usable_seals(Store& store,
                                                     const Config& config,
                                                     const std::vector<Bytes>& anchors,
                                                     const SealUsers& users,
                                                     Time now) {
    const auto rank = [&](const keys::SealRecord& record) {
        return std::pair(fits(record, users), record.valid_from);
    };
    std::map<std::string, keys::SealRecord> seals;
    for (const SealRecordRow& row : seal_records_of(store, config.dir)) {
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
    const SealUsers users = parts_.users();
    keys::SealRecord record;
    record.id = next_id();
    record.owner = parts_.config.issuer.organ;
    record.certificate_sha256 = fingerprints(users);
    record.valid_from = parts_.clock.now();
    record.valid_to = record.valid_from + kLife;
    if (text(order, "shape", "round") == "oval") {
        record.width_mm = 40;
        record.height_mm = 30;
    }
    record = ordered(order, std::move(record));
    make(record, picture, users, "", "");
    return made(record.id);
}

Json SealRecords::replace(const std::string& id,
                          const Json& order,
                          ByteView picture,
                          const std::string& reason) {
    check_words(reason);
    const std::lock_guard lock(mutex_);
    const SealUsers users = parts_.users();
    keys::SealRecord record = keys::read_seal_record(row_of(id).record);
    record.id = next_id();
    record.certificate_sha256 = fingerprints(users);
    record.valid_from = parts_.clock.now();
    record.valid_to = record.valid_from + kLife;
    const Bytes kept = picture.empty() ? record.picture : to_bytes(picture);
    record = ordered(order, std::move(record));
    make(record, kept, users, id, reason);
    return made(record.id);
}

Json SealRecords::expire(const std::string& id, const std::string& reason) {
    check_words(reason);
    const std::lock_guard lock(mutex_);
    parts_.store.end_seal_record(id, reason, parts_.clock.now());
    return made(id);
}

Json SealRecords::list() {
    const SealUsers users = parts_.users();
    Json all = Json::array();
    for (const SealRecordRow& row : seal_records_of(parts_.store, parts_.config.dir)) {
        all.push_back(describe(row, users));
    }
    return all;
}

Json SealRecords::show(const std::string& id) {
    const SealRecordRow row = row_of(id);
    Json out = describe(row, parts_.users());
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

std::map<std::string, std::string> SealRecords::make_for(const SealUsers& users) {
    const std::lock_guard lock(mutex_);
    const Time now = parts_.clock.now();
    const auto seals = usable_seals(parts_.store, parts_.config, parts_.anchors, users, now);
    if (seals.empty()) {
        throw Error(ErrorCode::Refused,
                    "there is no seal that is valid now: make one first (yinxin seals create)");
    }
    const bool here = !maker_here(parts_.config, Maker::Record).empty() &&
                      (users.ses.empty() || !maker_here(parts_.config, Maker::SesSeal).empty());
    std::map<std::string, std::string> made;
    for (const auto& [use, old] : seals) {
        if (fits(old, users)) {
            continue;
        }
        if (!here) {
            throw Error(
                ErrorCode::Refused,
                "no seal for \"" + use +
                    "\" is made for the key that takes over, and its makers' keys are not in "
                    "pki/: have one made and add it first (yinxin seals create --use " +
                    use + " --certificate PEM, once for each key that will seal" +
                    (users.ses.empty() ? ")" : "; its SESeal, DER, into seals/ID.esl)"));
        }
        keys::SealRecord record = old;
        record.id = next_id();
        record.certificate_sha256 = fingerprints(users);
        record.valid_from = now;
        make(record, old.picture, users, "", "");
        made.emplace(old.id, record.id);
    }
    return made;
}

void SealRecords::end(const std::map<std::string, std::string>& replaced,
                      const std::string& reason) {
    const std::lock_guard lock(mutex_);
    for (const auto& [old, id] : replaced) {
        if (!row_of(old).ended_at) {  // or by somebody else meanwhile
            parts_.store.end_seal_record(old, reason, parts_.clock.now(), id);
        }
    }
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

/// The use of each maker's key is in the audit before it is asked.
void SealRecords::make(keys::SealRecord record,
                       ByteView picture,
                       const SealUsers& users,
                       const std::string& replaces,
                       const std::string& reason) {
    if (!picture.empty()) {
        pdf::read_png(picture);
        record.picture = to_bytes(picture);
    }
    keys::StoredSealRecord stored;
    stored.body = keys::encode_seal_record(record);
    stored.picture = record.picture;
    std::vector<MakersPart> makers{
        {maker_here(parts_.config, Maker::Record), "seal-maker", stored.body}};
    if (makers.front().key.empty()) {
        throw Error(ErrorCode::NotFound,
                    "there is no key of a seal maker (…seal-maker.p8) in pki/: an instance that is "
                    "no demo has its seals made elsewhere");
    }
    if (const std::string ses = maker_here(parts_.config, Maker::SesSeal);
        !ses.empty() && !users.ses.empty() && record.lists(keys::sha256(users.ses))) {
        makers.push_back(
            {ses, "sm2-seal-maker", seal_info_of(record, users.ses, *pdf::Typefaces::load())});
    }
    std::vector<KeyUse> uses;
    Json orders = Json::array();
    for (const MakersPart& part : makers) {
        uses.push_back({KeyUse::Phase::Begin,
                        keys::KeyPurpose::SealRecord,
                        part.counted_as,
                        record.id,
                        keys::sha256(part.message),
                        parts_.clock.now()});
        orders.push_back({{"key", part.key},
                          {"counted_as", part.counted_as},
                          {"message", to_base64url(part.message)}});
    }
    parts_.store.record_key_uses(uses);
    const auto settle = [&](KeyUse::Phase phase) {
        for (KeyUse& use : uses) {
            use.phase = phase;
            use.at = parts_.clock.now();
        }
    };
    const Json reply = ask_once({.program = find_program("yinxin-sealer"), .arguments = {"maker"}},
                                {{"pki", parts_.config.pki_dir().string()},
                                 {"passphrase_file", parts_.config.passphrase_file.string()},
                                 {"operations", parts_.config.operations_file().string()},
                                 {"id", record.id},
                                 {"orders", orders}});
    try {
        const auto part_of = [&](std::size_t i, const char* name) {
            return from_base64url(reply.at("signed").at(i).at(name).get<std::string>());
        };
        stored.signature = part_of(0, "signature");
        stored.maker_certificate = part_of(0, "certificate");
        if (makers.size() > 1) {
            stored.ses_seal =
                checked_ses_seal(makers[1], part_of(1, "certificate"), part_of(1, "signature"));
        }
        // What nobody could open is not kept; one that begins later is looked at as of then.
        keys::open_seal_record(
            stored, parts_.anchors, std::max(parts_.clock.now(), record.valid_from));
        settle(KeyUse::Phase::End);
        parts_.store.put_seal_record(record.id, stored, uses, replaces, reason);
    } catch (const std::exception&) {
        settle(KeyUse::Phase::Discarded);
        parts_.store.record_key_uses(uses);
        throw;
    }
}

/// After a change: used from now on, and answered.
Json SealRecords::made(const std::string& id) {
    parts_.changed();
    return describe(row_of(id), parts_.users());
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
    for (SealRecordRow& row : seal_records_of(parts_.store, parts_.config.dir)) {
        if (row.id == id) {
            return std::move(row);
        }
    }
    throw Error(ErrorCode::NotFound, "there is no seal " + id + "; see: yinxin seals list");
}

Json SealRecords::describe(const SealRecordRow& row, const SealUsers& users) const {
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
        if (!users.ses.empty()) {
            out["first_seal"] = fits(record, users);
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
