// SPDX-License-Identifier: Apache-2.0
#include "server/service/external_sealer.h"

#include <algorithm>

#include "common/error.h"
#include "common/time_text.h"
#include "keys/crypto/digest.h"
#include "signer/pades_signer.h"

namespace yinxin::server {
namespace {

constexpr std::size_t kIdBytes = 16;

const verify::SignatureReport* last_of(const verify::DocumentReport& report) {
    const auto last = std::max_element(
        report.signatures.begin(), report.signatures.end(), [](const auto& a, const auto& b) {
            return a.signed_bytes < b.signed_bytes;
        });
    return last == report.signatures.end() ? nullptr : &*last;
}

/// The others', by what they cover.
std::vector<std::string> earlier_verdicts(const verify::DocumentReport& report,
                                          const verify::SignatureReport& last) {
    std::vector<const verify::SignatureReport*> all;
    for (const verify::SignatureReport& each : report.signatures) {
        if (&each != &last) {
            all.push_back(&each);
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
        return a->signed_bytes < b->signed_bytes;
    });
    std::vector<std::string> words;
    for (const auto* each : all) {
        words.push_back(verify::to_text(each->verdict));
    }
    return words;
}

}  // namespace

Service::Sealed ExternalSealer::seal(const Caller& caller, ByteView file, const Json& options) {
    const ExternalSealRequest request = external_seal_request(options);
    issuer_.check_clock();
    const Time now = parts_.clock.now();
    const SealPtr seal = issuer_.seal_for(request.use, now);
    const keys::SealRecord& record = *seal;
    issuer_.ask_keys();
    const signer::PadesSigner& signer = issuer_.pades_signer();

    SealWork work;
    work.place = request.place;
    work.riding = request.riding;
    work.picture = issuer_.picture_of(record);
    work.contents_bytes = signer.contents_bytes();
    work.sub_filter = signer.sub_filter();
    work.signing_time = to_pdf_date(now);
    work.name = parts_.config.issuer.organ;
    work.reason = request.reason;
    const SealDraft draft = parts_.inspector.prepare(file, work, caller.admin ? "" : caller.id);

    issuer_.check_current(record);
    ExternalSeal act;
    act.id = to_hex(parts_.random.bytes(kIdBytes));
    act.owner = caller.id;
    act.seal = record.id;
    act.input_sha256 = keys::sha256(file);
    act.at = now;
    Service::Sealed out;
    try {
        out.pdf = signed_revision(file, draft, signer, act);
        check(out.pdf, draft, act);
        act.sha256 = keys::sha256(out.pdf);
        act.size_bytes = out.pdf.size();
        parts_.store.settle_external_seal(act);
    } catch (const std::exception&) {
        if (!act.key_use.subject.empty()) {
            issuer_.record_discarded({act.key_use});
        }
        throw;
    }
    const bool visible = draft.page != 0;
    out.body = {{"id", act.id},
                {"sha256", to_hex(act.sha256)},
                {"input_sha256", to_hex(act.input_sha256)},
                {"size", act.size_bytes},
                {"level", act.level},
                {"sealed_at", to_rfc3339(act.at)},
                {"seal", {{"id", record.id}, {"owner", record.owner}}},
                {"place",
                 visible ? Json{{"visible", true}, {"page", draft.page}, {"free", draft.free}}
                         : Json{{"visible", false}}},
                {"riding", work.riding},
                {"notices", draft.notices}};
    return out;
}

/// The audit row with the digest is durable before the key is asked.
Bytes ExternalSealer::signed_revision(ByteView file,
                                      const SealDraft& draft,
                                      const signer::PadesSigner& signer,
                                      ExternalSeal& act) {
    signer::PreparedSignature prepared = signer.of(joined(file, draft, signer.contents_bytes()));
    act.signed_sha256 = prepared.digest;
    const KeyUse begin{KeyUse::Phase::Begin,
                       keys::KeyPurpose::ExternalSeal,
                       parts_.seal_key.id(),
                       act.id,
                       prepared.digest,
                       parts_.clock.now()};
    parts_.store.record_key_uses({begin});
    const Bytes signature = parts_.seal_key.sign(
        {keys::KeyPurpose::ExternalSeal, act.id, prepared.digest, prepared.signed_attrs});
    act.key_use = begin;
    act.key_use.phase = KeyUse::Phase::End;
    act.key_use.at = parts_.clock.now();
    return signer.complete(std::move(prepared), signature);
}

/// Nothing leaves that a stranger would not call intact and ours, nor anything that takes from the
/// signatures before it.
void ExternalSealer::check(ByteView sealed, const SealDraft& draft, ExternalSeal& act) {
    const Bytes own = keys::sha256(parts_.seal_key.chain().front());
    const verify::DocumentReport report = parts_.inspector.inspect(sealed, {.elsewhere = true}, "");
    const verify::SignatureReport* last = last_of(report);
    if (last == nullptr || last->signed_bytes != sealed.size() || !last->signer ||
        last->verdict != verify::Verdict::Intact || last->signer->certificate_sha256 != own ||
        last->signer->trusted != verify::Trust::Yes || !last->signer->valid_at_sealing) {
        throw Error(ErrorCode::Internal,
                    "the sealed file does not verify: " + verify::to_text(report.integrity));
    }
    if (earlier_verdicts(report, *last) != draft.verdicts) {
        throw Error(ErrorCode::Refused,
                    "altered: a signature in the file would not hold any more beside this seal");
    }
    act.level = last->level;
    act.signer_sha256 = own;
}

}  // namespace yinxin::server
