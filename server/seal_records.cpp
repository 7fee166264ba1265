// SPDX-License-Identifier: Apache-2.0
#include "server/seal_records.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <tuple>
#include <utility>

#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "keys/crypto/public_key.h"
#include "keys/pki/certificate.h"
#include "pdf/overprint.h"
#include "server/children.h"
#include "server/json_input.h"
#include "server/service/seal_design.h"
#include "server/ses_seals.h"
#include "signer/ses_seal.h"

namespace yinxin::server {
namespace {

constexpr std::chrono::hours kLife{3 * 365 * 24};
constexpr std::size_t kReasonBytesMax = 200;
constexpr std::size_t kUseBytesMax = 32, kTaxIdMax = 20;
constexpr std::string_view kUseCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr const char* kUseWords = "a use is a word of 1 to 32 of a-z, 0-9 and -";
constexpr double kProportionMax = 1.02;  // a picture is not seen to be stretched

/// The members of an order as the command line names them.
std::string option_of(const std::string& member) {
    static const std::map<std::string, std::string> names{{"middle_text", "--text"},
                                                          {"tax_id", "--tax-id"},
                                                          {"width_mm", "--width"},
                                                          {"height_mm", "--height"},
                                                          {"valid_from", "--from"},
                                                          {"valid_to", "--to"},
                                                          {"certificates", "--certificate"}};
    const auto found = names.find(member);
    return found == names.end() ? "--" + member : found->second;
}

[[noreturn]] void wrong(const std::string& member, const std::string& detail) {
    throw Error(ErrorCode::Invalid,
                "the seal cannot be made: " + option_of(member) + ": " + detail,
                {{"/" + member, "seal", detail}});
}

/// What is wrong with a member of the record is said of its option.
template <typename Work>
auto in_options(const Work& work) {
    try {
        return work();
    } catch (const Error& error) {
        if (error.fields().empty()) {
            throw;
        }
        const FieldError& first = error.fields().front();
        wrong(first.pointer.substr(1), first.detail);
    }
}

bool only(const std::string& text, std::string_view characters, std::size_t length_max) {
    return !text.empty() && text.size() <= length_max &&
           text.find_first_not_of(characters) == std::string::npos;
}

std::string text(const Json& order, const char* name, const std::string& otherwise) {
    if (!order.contains(name)) {
        return otherwise;
    }
    if (!order.at(name).is_string()) {
        wrong(name, "is a text");
    }
    return order.at(name).get<std::string>();
}

double millimetres(const Json& order, const char* name, double otherwise) {
    if (!order.contains(name)) {
        return otherwise;
    }
    if (!order.at(name).is_number()) {
        wrong(name, "is a number of millimetres");
    }
    return order.at(name).get<double>();
}

Time time(const Json& order, const char* name, Time otherwise) {
    if (!order.contains(name)) {
        return otherwise;
    }
    const auto parsed = parse_rfc3339(text(order, name, ""));
    if (!parsed) {
        wrong(name, "is a time as 2026-01-31T09:00:00Z");
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

/// Draws it, as every document will. What is wrong is said of the option.
void check_picture(const keys::SealRecord& record, const pdf::Typefaces& typefaces) {
    if (record.shape == keys::SealShape::Oval && !record.tax_id.empty() &&
        !only(record.tax_id, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", kTaxIdMax)) {
        wrong("tax_id", "a number has 1 to 20 of 0-9 and A-Z");
    }
    const pdf::Picture picture = in_options([&] { return seal_picture(record, typefaces); });
    if (picture.image) {
        const double wanted = record.width_mm / record.height_mm,
                     given = static_cast<double>(picture.image->width) / picture.image->height;
        if (std::max(wanted / given, given / wanted) > kProportionMax) {
            wrong("picture",
                  std::to_string(picture.image->width) + " x " +
                      std::to_string(picture.image->height) +
                      " pixels would be stretched to the size of the seal; give a PNG of the same "
                      "proportions, or --width and --height");
        }
    }
}

/// What a reader of the record would refuse, before a maker signs it.
void check_record(const keys::StoredSealRecord& stored) {
    in_options([&] { return keys::read_seal_record(stored); });
}

}  // namespace

std::vector<Bytes> fingerprints(const SealUsers& users) {
    std::vector<Bytes> found{keys::sha256(users.seal)};
    if (!users.ses.empty()) {
        found.push_back(keys::sha256(users.ses));
    }
    return found;
}

bool makers_here(const Config& config, const SealUsers& users) {
    return !maker_here(config, Maker::Record).empty() &&
           (users.ses.empty() || !maker_here(config, Maker::SesSeal).empty());
}

bool fits(const keys::SealRecord& record, const SealUsers& users) {
    return record.lists(keys::sha256(users.seal)) &&
           (users.ses.empty() || (record.lists(keys::sha256(users.ses)) &&
                                  signer::ses_seal_lists(record.ses_seal, users.ses)));
}

SealsByUse usable_seals(Store& store,
                        const Config& config,
                        const std::vector<Bytes>& anchors,
                        const SealUsers& users,
                        Time now) {
    SealsByUse seals;
    for (const SealRecordRow& row : seal_records_of(store, config.dir)) {
        if (row.ended_at) {
            continue;
        }
        try {
            auto record = std::make_shared<const keys::SealRecord>(
                keys::open_coming_seal_record(row.record, anchors, now));
            seals[record->use].push_back(std::move(record));
        } catch (const Error& error) {
            spdlog::warn("a seal record is not used: {}", error.what());
        }
    }
    const auto rank = [&](const SealPtr& record) {
        return std::tuple(fits(*record, users), record->valid_from, record->id);
    };
    for (auto& [use, all] : seals) {
        std::sort(all.begin(), all.end(), [&](const SealPtr& a, const SealPtr& b) {
            return rank(b) < rank(a);
        });
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

Json SealRecords::take_in(ByteView file) {
    const std::lock_guard lock(mutex_);
    keys::StoredSealRecord stored;
    try {
        const Json given = parse_json(as_text(file));
        const auto bytes = [&](const char* name) {
            return from_base64url(given.at(name).get<std::string>());
        };
        stored.body = bytes("body");
        stored.signature = bytes("signature");
        stored.maker_certificate = bytes("maker_certificate");
        if (given.contains("picture")) {
            stored.picture = bytes("picture");
        }
        if (given.contains("ses_seal")) {
            stored.ses_seal = bytes("ses_seal");
        }
    } catch (const Json::exception&) {
        throw Error(ErrorCode::Invalid,
                    "this is no seal record: an object with \"body\", \"signature\" and "
                    "\"maker_certificate\" in base64url is wanted, as yinxin seals show ID --json "
                    "prints it");
    }
    const keys::SealRecord record =
        keys::open_coming_seal_record(stored, parts_.anchors, parts_.clock.now());
    if (!only(record.use, kUseCharacters, kUseBytesMax)) {
        wrong("use", kUseWords);
    }
    check_picture(record, *pdf::Typefaces::load());
    parts_.store.put_seal_record(record.id, stored);
    return made(record.id);
}

Json SealRecords::list() {
    const Standing now = standing();
    Json all = Json::array();
    for (const SealRecordRow& row : seal_records_of(parts_.store, parts_.config.dir)) {
        all.push_back(describe(row, now));
    }
    return all;
}

Json SealRecords::show(const std::string& id) {
    const SealRecordRow row = row_of(id);
    Json out = describe(row, standing());
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

bool SealRecords::any() {
    const Time now = parts_.clock.now();
    const auto seals =
        usable_seals(parts_.store, parts_.config, parts_.anchors, parts_.users(), now);
    return std::any_of(
        seals.begin(), seals.end(), [&](const auto& of) { return seal_at(of.second, now); });
}

std::map<std::string, std::string> SealRecords::make_for(const SealUsers& users) {
    const std::lock_guard lock(mutex_);
    const Time now = parts_.clock.now();
    const auto seals = usable_seals(parts_.store, parts_.config, parts_.anchors, users, now);
    const bool here = makers_here(parts_.config, users);
    std::map<std::string, std::string> made;
    for (const auto& [use, all] : seals) {
        const SealPtr old = seal_at(all, now);
        if (!old || fits(*old, users)) {
            continue;
        }
        if (!here) {
            throw Error(
                ErrorCode::Refused,
                "no seal for \"" + use +
                    "\" is made for the key that takes over, and its makers' keys are not in "
                    "pki/: have one made elsewhere that lists its certificate and add it first "
                    "(yinxin seals import FILE), or put them there and: yinxin seals create "
                    "--use " +
                    use + " --certificate PEM, once for each key that will seal" +
                    (users.ses.empty() ? "" : "; a SESeal, DER, goes into seals/ID.esl"));
        }
        keys::SealRecord record = *old;
        record.id = next_id();
        record.certificate_sha256 = fingerprints(users);
        record.valid_from = now;
        try {
            make(record, old->picture, users, "", "");
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Invalid) {
                throw;
            }
            throw Error(ErrorCode::Refused,
                        "the seal " + old->id + " for \"" + use + "\" cannot be made again (" +
                            error.what() + "): replace or expire it first");
        }
        made.emplace(old->id, record.id);
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
                                                    "certificates"};
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            throw Error(ErrorCode::Malformed, "a seal has no " + name);
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
    if (order.contains("certificates")) {
        record.certificate_sha256.clear();
        for (const Json& each : order.at("certificates")) {
            const Bytes certificate = from_base64url(each.get<std::string>());
            check_is_here(certificate);
            record.certificate_sha256.push_back(keys::sha256(certificate));
        }
    }
    if (!only(record.use, kUseCharacters, kUseBytesMax)) {
        wrong("use", std::string(kUseWords) + ": business, tax and invoice are those of forms");
    }
    if (record.valid_from >= record.valid_to || record.valid_to <= parts_.clock.now()) {
        wrong("valid_to", "the seal would never be valid");
    }
    return record;
}

/// By its key, so that the next certificate of a key may be listed before it is in use.
void SealRecords::check_is_here(ByteView certificate) const {
    const auto wanted = keys::Certificate::from_der(certificate);
    for (const std::string& id : key_ids(parts_.config)) {
        const auto chain = installed_chain(parts_.config, id);
        if (!chain.empty() && keys::Certificate::from_der(chain.front()).spki == wanted.spki) {
            return;
        }
    }
    wrong("certificates",
          "no key of this instance has the certificate \"" + wanted.subject +
              "\", so it could never seal; name those of keys/*.pem that will");
}

/// The use of each maker's key is in the audit before it is asked.
void SealRecords::make(keys::SealRecord record,
                       ByteView picture,
                       const SealUsers& users,
                       const std::string& replaces,
                       const std::string& reason) {
    record.picture = to_bytes(picture);
    keys::StoredSealRecord stored;
    stored.body = keys::encode_seal_record(record);
    stored.picture = record.picture;
    check_record(stored);
    const auto typefaces = pdf::Typefaces::load();
    check_picture(record, *typefaces);
    std::vector<MakersPart> makers{
        {maker_here(parts_.config, Maker::Record), "seal-maker", stored.body}};
    if (makers.front().key.empty()) {
        throw Error(
            ErrorCode::NotFound,
            "there is no key of a seal maker in pki/: put it there (seal-maker.p8, encrypted "
            "with the passphrase of keys/, and seal-maker.pem), or have the record made "
            "elsewhere and take it in: yinxin seals import FILE");
    }
    if (const std::string ses = maker_here(parts_.config, Maker::SesSeal);
        !ses.empty() && !users.ses.empty() && record.lists(keys::sha256(users.ses))) {
        makers.push_back({ses, "sm2-seal-maker", seal_info_of(record, users.ses, *typefaces)});
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
    Json out = describe(row_of(id), standing());
    if (out["state"] != "ended" && out.contains("use") &&
        !parts_.uses().contains(out["use"].get<std::string>())) {
        out["warning"] = "no form names the use \"" + out["use"].get<std::string>() +
                         "\": only files sealed with yinxin seal --seal get it";
    }
    return out;
}

SealRecords::Standing SealRecords::standing() {
    Standing now{parts_.users(), {}, {}};
    const Time at = parts_.clock.now();
    for (const auto& [use, all] :
         usable_seals(parts_.store, parts_.config, parts_.anchors, now.users, at)) {
        if (const SealPtr seal = seal_at(all, at); seal && fits(*seal, now.users)) {
            now.seals.insert(seal->id);
        }
    }
    for (const auto& [sha256, since] : parts_.store.key_register().compromised_certificates()) {
        now.compromised.insert(sha256);
    }
    return now;
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

Json SealRecords::describe(const SealRecordRow& row, const Standing& standing) const {
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
        out["seals"] = standing.seals.contains(row.id);
        out["compromised"] =
            std::all_of(certificates.begin(), certificates.end(), [&](const Json& each) {
                return standing.compromised.contains(each.get<std::string>());
            });
        if (!standing.users.ses.empty()) {
            out["first_seal"] = fits(record, standing.users);
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
