// SPDX-License-Identifier: Apache-2.0
#include "server/bench/page.h"

#include <filesystem>
#include <fstream>

#include "common/error.h"
#include "common/files.h"
#include "common/limits.h"
#include "pdf/picture_object.h"
#include "server/app.h"
#include "server/bench/load.h"
#include "server/bench/parts.h"
#include "server/domain/verification_code.h"
#include "server/key_set.h"
#include "server/seal_records.h"
#include "server/service/seal_design.h"
#include "signer/pades_signer.h"
#include "verify/document_verifier.h"

namespace yinxin::server {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kWarmUp = 200;
constexpr std::uint64_t kFiles = 100;  // kept at once, so that a long run fills no disk
constexpr std::size_t kTokenBytes =
    145;  // as many characters as a token of this sample, and as the peer's

/// One after the other draws and seals pages of one kind.
class Maker {
  public:
    Maker(App& app, const fs::path& folder)
        : config_(app.config()),
          clock_(app.clock()),
          random_(app.random()),
          folder_(folder),
          sample_(sample_data()),
          form_(app.forms().current(request_for(sample_, "page", 0).type)),
          typefaces_(pdf::Typefaces::load()),
          press_(pdf::Press::create(typefaces_, {})),
          key_(app.sealer().key(config_.seal_key)),
          signer_(*key_),
          seal_(seal_for(app)),
          picture_(seal_picture(*seal_, *typefaces_)) {
        picture_.streams = pdf::compressed(picture_);
    }

    void make() {
        const std::uint64_t serial = next_++;
        const Time now = clock_.now();
        pdf::Values values =
            form_->evaluate(request_for(sample_, "page", serial).data, config_.issuer, now);
        const auto plan = press_->plan(form_, values, config_.issuer);
        pdf::Issuance issuance;
        issuance.number = form_->number(values, config_.issuer, serial + 1);
        issuance.code = new_verification_code(random_);
        issuance.qr_text = config_.public_url + "/v/" + issuance.code + "#" +
                           to_base64url(random_.bytes(kTokenBytes));
        issuance.issued_at = now;
        issuance.specimen = true;
        form_->complete(values, config_.issuer, issuance);
        signer::SealOrder order;
        order.subject = "bench";
        order.signing_time = now;
        order.name = config_.issuer.organ;
        order.reason = form_->title_zh();
        const pdf::SealPlace place = plan->seal();
        order.seal = pdf::VisibleSeal{place.page, seal_box(place.rect, *seal_), picture_};
        const pdf::SignatureSpec field = signer_.spec_of(order);
        pdf::Rendered page = press_->print(*plan, values, config_.issuer, issuance, &field);
        signer::PreparedSignature prepared =
            signer_.of({std::move(page.pdf), page.byte_range, order.certify});
        const Bytes signature =
            key_->sign({order.purpose, order.subject, prepared.digest, prepared.signed_attrs});
        const Bytes sealed = signer_.complete(std::move(prepared), signature);
        // Removed, not written over: ext4 sends a file cut to nothing and written anew to the disk
        // as it is closed, which is a wait and no part of drawing or sealing.
        fs::remove(file(serial));
        std::ofstream out(file(serial), std::ios::binary);
        out.write(as_text(sealed).data(), static_cast<std::streamsize>(sealed.size()));
        out.close();
        if (!out) {
            throw Error(ErrorCode::Unavailable, folder_.string() + " cannot be written to");
        }
    }

    /// The size of the last file. Throws Error{Internal} unless it is sealed as it should be.
    std::size_t checked_bytes() const {
        const Bytes last = read_public_file(file(next_ - 1), limits::upload_bytes_max);
        const auto found = verify::verify_document(
            last, verify::TrustStore(trust_anchors(config_)), {}, clock_.now());
        if (found.integrity != verify::Integrity::Intact || found.signatures.size() != 1) {
            throw Error(ErrorCode::Internal, "what was drawn and sealed does not verify");
        }
        return last.size();
    }

  private:
    fs::path file(std::uint64_t serial) const {
        return folder_ / (std::to_string(serial % kFiles) + ".pdf");
    }

    SealPtr seal_for(App& app) const {
        const SealsByUse all = usable_seals(app.store(),
                                            config_,
                                            trust_anchors(config_),
                                            seal_users(config_, app.store().key_register()),
                                            clock_.now());
        SealPtr seal = seal_at(all.at(form_->seal_use()), clock_.now());
        if (seal == nullptr) {
            throw Error(ErrorCode::Internal, "a new instance has no seal");
        }
        return seal;
    }

    const Config& config_;
    const Clock& clock_;
    Random& random_;
    const fs::path folder_;
    const Json sample_;
    const std::shared_ptr<const pdf::Form> form_;
    const std::shared_ptr<const pdf::Typefaces> typefaces_;
    const std::unique_ptr<pdf::Press> press_;
    const std::unique_ptr<keys::PrivateKey> key_;
    const signer::PadesSigner signer_;
    const SealPtr seal_;
    pdf::Picture picture_;
    std::uint64_t next_ = 0;
};

}  // namespace

nlohmann::ordered_json bench_page(const PageBench& bench) {
    pin(1);
    const TemporaryInstance instance(bench.dir, bench.key);
    App app(load_config(instance.dir(), {}));
    const double raw = raw_signing_rate(app.sealer(), app.config().seal_key, 1);
    Maker maker(app, instance.dir().parent_path());
    const auto make = [&] { maker.make(); };
    carry(1, after(kWarmUp), make);
    const Load measured = carry(1, when_over(bench.span), make);

    nlohmann::ordered_json line;
    line["key"] = keys::to_text(bench.key);
    add_beside_signing(line, "made_per_s", measured, raw);
    line["pdf_bytes"] = maker.checked_bytes();
    return line;
}

}  // namespace yinxin::server
