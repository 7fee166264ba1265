// SPDX-License-Identifier: Apache-2.0
// A document that is none: the form's example with the seal, for the register to pack others
// against.
#include "common/error.h"
#include "pdf/program_version.h"
#include "server/service/canonical_json.h"
#include "server/service/facts.h"
#include "server/service/issuer.h"
#include "server/service/request_key.h"

namespace yinxin::server {
namespace {

constexpr std::size_t signature_bytes = 64;  ///< any key's signature takes the room of these
constexpr std::size_t token_symbols = 200;

}  // namespace

std::int64_t Issuer::packing_dictionary_of(const Draft& draft, const Bytes& form_sha256) {
    const pdf::Form& form = *draft.form;
    return dictionaries_.of(
        {form.type(), form.version(), draft.seal->id},
        {.made_of =
             [&] {
                 std::string made_of = std::string(pdf::kProgramVersion) + "\n" + form.type() +
                                       "\n" + form.version() + "\n" + to_hex(form_sha256) + "\n" +
                                       draft.seal->id + "\n" + parts_.config.issuer.organ;
                 for (const Bytes& certificate : own_certificates(parts_.seal_keys())) {
                     made_of += "\n" + to_hex(certificate);
                 }
                 return made_of;
             },
         .make = [&] { return specimen(draft); },
         .at = draft.at});
}

/// Number and code that a register never gives out, and a signature of zeros: a verifier calls it
/// broken, and nobody but the register ever sees it.
PackingSpecimen Issuer::specimen(const Draft& like) {
    const pdf::Form& form = *like.form;
    const pdf::IssuerNames& names = parts_.config.issuer;
    pdf::Values values = form.evaluate(form.example(), names, like.at);
    const auto plan = parts_.press.plan(like.form, values, names);
    pdf::Issuance issuance;
    issuance.number = form.number(values, names, 0);
    issuance.code = std::string(16, '2');
    issuance.qr_text =
        parts_.config.public_url + "/v/" + issuance.code + "#" + std::string(token_symbols, '2');
    issuance.issued_at = like.at;
    issuance.channel = channel_as_printed(like.options.at("channel").get<std::string>());
    issuance.specimen = parts_.specimen;
    const pdf::Disclosure disclosure = form.disclose(values, plan->pages());
    form.complete(values, names, issuance);

    PackingSpecimen made;
    made.input = canonical_json(*values.input);
    made.facts =
        facts_to_text({form.title_zh(), form.title_en(), disclosure.shown, disclosure.asked});
    signer::SealOrder order = seal_order(like, *plan, like.at);
    const Bytes signature(signature_bytes, 0);
    pdf::Rendered page = print_to_seal(*plan, values, issuance, order);
    if (first_seal_) {
        page.pdf = first_seal_->specimen(page.pdf, *like.seal, order, signature);
        order.seal.reset();
        order.riding.reset();
    }
    const std::vector<OpenStream> streams = std::move(page.streams);
    const Bytes sealed = pades_signer().complete(prepare(std::move(page), order), signature);
    made.sealed = with_streams_open(sealed, streams);
    return made;
}

}  // namespace yinxin::server
