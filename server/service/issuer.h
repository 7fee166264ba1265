// SPDX-License-Identifier: Apache-2.0
// The way of one document, from data to a registered, sealed file. Phases as in ARCHITECTURE: 0
// check, A reserve, B render, C seal and verify, D register, E read back.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "server/service/clock_guard.h"
#include "server/service/first_seal.h"
#include "server/service/issue_workers.h"
#include "server/service/packing_dictionary.h"
#include "server/service/seal_choice.h"
#include "server/service/seal_levels.h"
#include "server/service/seal_path.h"
#include "server/service/service.h"
#include "server/service/single_flight.h"
#include "signer/pades_signer.h"

namespace yinxin::server {

/// Any thread.
class Issuer {
  public:
    Issuer(const ServiceParts& parts, IssueCounts& counts);

    IssueAnswer issue(const Caller& caller, IssueRequest request);
    /// `data` names the file; two about one file are one request.
    IssueAnswer issue_report(const Caller& caller,
                             const Json& data,
                             const std::string& idempotency_key);
    IssueAnswer replace(const Caller& caller,
                        const std::string& id,
                        const Json& data,
                        const std::string& reason,
                        const std::string& idempotency_key);
    /// Tries to settle every number that is open and that nobody is at work on: those an earlier
    /// run left, and those a failure did. Answers how many still are. One thread at a time.
    std::size_t recover(const std::stop_token& stop = {});
    std::size_t open();

    /// Throw Error{Unavailable} with what keeps every document from being issued now.
    void check_clock();
    void check_seal_path();
    /// The same of those that want a seal of this use.
    void check_seal(const std::string& use);
    /// Writes into the log which uses of forms have no seal, or soon none.
    void warn_of_seals();

    // What sealing needs besides documents.
    /// The seal for a use, valid then and for the seal key. Throws Error{Unavailable}.
    SealPtr seal_for(const std::string& use, Time at);
    /// Throws Error{Unavailable} when it has ended since.
    void check_current(const keys::SealRecord& seal);
    void use_seals(SealsByUse seals);
    /// Throws Error{Unavailable}: the caller's data are not at fault.
    pdf::Picture picture_of(const keys::SealRecord& seal);
    const signer::PadesSigner& pades_signer();
    /// Throws Error{Unavailable} while the keys do not answer.
    void ask_keys();
    /// What keys have signed of which nothing is kept.
    void record_discarded(std::vector<KeyUse> uses) noexcept;
    const verify::TrustStore& trust() const { return trust_; }

  private:
    /// All that is known before a number is taken.
    struct Draft {
        std::shared_ptr<const pdf::Form> form;
        pdf::Values values;
        std::unique_ptr<pdf::Plan> plan;
        SealPtr seal;
        pdf::Rect seal_box;
        Json options;
        SealLevels::Goal goal;
        Time at{};
    };
    struct Origin {  ///< of a replacement
        std::string id, reason, owner;
    };

    Document make_new(const Caller& caller,
                      const RequestKey& key,
                      const std::string& type,
                      Json data,
                      const Json& options,
                      IssueWorkers::Worker& worker);
    IssueAnswer answer_once(const RequestKey& key,
                            IssueWorkers::Kind kind,
                            const std::function<Document(IssueWorkers::Worker&)>& make);
    Draft check(std::shared_ptr<const pdf::Form> form, Json data, const Json& options, Time at);
    Document reserve(const Caller& caller,
                     const RequestKey& key,
                     Draft& draft,
                     const Origin& origin,
                     IssueWorkers::Worker& worker);
    std::int64_t packing_dictionary_of(const Draft& draft, const Bytes& form_sha256);
    PackingSpecimen specimen(const Draft& like);
    void probe_keys();
    std::optional<Reversal> reversal(const Caller& caller,
                                     const Draft& draft,
                                     std::string& original);
    void finish(const Document& document,
                Draft& draft,
                std::string& stage,
                IssueWorkers::Worker& worker);
    void finish_or_void(const Document& document, Draft& draft, IssueWorkers::Worker& worker);
    void finish_open(const std::string& id);
    Draft draft_again(const Document& document);
    void settle_void(const std::string& id, const std::string& reason) noexcept;
    void settle_open(const std::string& id, const std::string& reason);
    void void_open() noexcept;
    std::map<std::string, std::string> open_numbers();

    Bytes make_sealed(const Document& document,
                      Draft& draft,
                      Issued& issued,
                      std::string& stage,
                      IssueWorkers::Worker& worker);
    pdf::QrLook next_look(const pdf::Form& form);
    Bytes sha256_of(const std::shared_ptr<const pdf::Form>& form);
    std::string token(const Document& document, const Draft& draft, const pdf::TokenFacts& facts);
    signer::SealOrder seal_order(const Draft& draft, const pdf::Plan& plan, Time at);
    /// Prints, and looks at it.
    using Printer = std::function<pdf::Rendered(const signer::SealOrder&)>;
    pdf::Rendered print_to_seal(const pdf::Plan& plan,
                                const pdf::Values& values,
                                const pdf::Issuance& issuance,
                                const signer::SealOrder& order);
    signer::PreparedSignature prepare(pdf::Rendered page, const signer::SealOrder& order);
    Bytes seal(const Document& document,
               const Draft& draft,
               signer::SealOrder order,
               pdf::Rendered page,
               const Printer& print_again,
               Issued& issued,
               IssueWorkers::Worker& worker);
    void check_sealed(const Bytes& sealed, const Draft& draft, Issued& issued);
    Store::ReadBack read_back(const std::string& id);

    SealPtr seal_or_throw(const std::string& use, Time at);
    bool could_seal_at(const std::string& use, Time at);
    void make_signers(const keys::SealRecord& seal, Time at);

    const ServiceParts parts_;
    const verify::TrustStore trust_;
    const std::size_t token_text_bytes_max_;
    ClockGuard clock_guard_;
    SealPath seal_path_;
    const SealLevels levels_;
    IssueCounts& counts_;
    std::optional<FirstSeal> first_seal_;
    PackingDictionaries dictionaries_;
    SingleFlight flights_;       ///< by request
    SingleFlight open_flights_;  ///< by id: recover() and a request that comes again
    IssueWorkers workers_;
    std::atomic<bool> keys_in_doubt_{false};  ///< since something did not answer
    std::mutex asking_keys_;
    std::mutex mutex_;  ///< of all below
    SealsByUse seals_;
    std::unique_ptr<signer::PadesSigner> signer_;
    std::map<std::string, pdf::Picture> pictures_;
    std::map<std::string, std::string> open_;       ///< id and why to void it; "": to be finished
    std::string last_fault_;                        ///< of recover(), for the log
    std::map<std::string, std::uint64_t> printed_;  ///< since the start, by form
    /// Of what each form in use is made of. Kept alive: a form's address is its name here.
    std::map<std::shared_ptr<const pdf::Form>, Bytes> form_sha256_;
};

}  // namespace yinxin::server
