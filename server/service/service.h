// SPDX-License-Identifier: Apache-2.0
// The use cases, for HTTP, for the command line and for the control socket alike. Answers are the
// contract's JSON.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/ports.h"
#include "keys/private_key.h"
#include "pdf/form.h"
#include "pdf/overprint.h"
#include "server/config/config.h"
#include "server/inspector/changed_pages.h"
#include "server/inspector/external_seal.h"
#include "server/levels/raise.h"
#include "server/service/issue_counts.h"
#include "server/service/seal_choice.h"
#include "server/service/seal_keys.h"
#include "server/storage/store.h"
#include "verify/document_verifier.h"
#include "verify/paper/reading.h"
#include "verify/token_check.h"

namespace yinxin::server {

using Json = nlohmann::json;

/// Who asks; part of every query for a document, so that nobody reads somebody else's. The local
/// operator is "admin".
struct Caller {
    std::string id;
    bool admin = false;  ///< sees the documents of all callers
};

struct IssueRequest {
    std::string type;
    Json data;
    Json options = Json::object();  ///< {"channel": "self"|"counter"|"kiosk"|"postal", "level":
                                    ///< "B-B" ... "B-LTA"}; unknown members are refused
    std::string idempotency_key;    ///< 1 to 200 visible ASCII characters
};

/// The type that nobody issues but the office itself, of what it found in a file.
inline constexpr const char* report_type = "verification-report";

struct IssueAnswer {
    Json body;  ///< {id, number, code, type, status, issued_at, sha256, links} (+ "original":
                ///< "external" ... on red invoices)
    bool replayed = false;  ///< 200 instead of 201
};

/// An answer by code as it goes out, and its outcome.
struct CodeAnswer {
    std::string json, outcome;
};

/// How a file is to be judged.
struct Inspection {
    bool elsewhere = false;  ///< by the rules for what others have sealed, whoever it was
    verify::RevocationPolicy revocation{};
};

/// Checks an uploaded file in the sandbox.
class Inspector {
  public:
    virtual ~Inspector() = default;
    /// A file that kills its reader or runs over its limits is a report with integrity not_checked.
    /// `caller` is whose file it is: of each one at a time is read, the others wait; "" is the
    /// operator, who is not counted. Throws Error{Unavailable} when nobody can read it for now.
    virtual verify::DocumentReport inspect(ByteView file,
                                           const Inspection& how,
                                           const std::string& caller) = 0;
    /// The texts of the QR symbols in a picture, or in a PDF of a scan; the search ends early with
    /// one that begins with `wanted`. A file that ends its reader is a reading, too.
    virtual verify::paper::Reading read_paper(ByteView file,
                                              const std::string& wanted,
                                              const std::string& caller) = 0;
    /// The pages that look different from the first `signed_bytes` of the file; none where that
    /// cannot be shown. Throws nothing of its own.
    virtual std::vector<ChangedPage> changed_pages(ByteView file,
                                                   std::size_t signed_bytes,
                                                   const std::string& caller) = 0;
    /// Writes the revision that is to seal the file, but for the signature. Throws Error{Refused}
    /// with the reason as first word (also for a file that ends its reader), Error{Invalid} for
    /// what the file has no room for, Error{Unavailable} as above.
    virtual SealDraft prepare(ByteView file, const SealWork& work, const std::string& caller) = 0;
    /// Whether files can be read, also while all readers are busy.
    virtual bool alive() = 0;
};

/// How seals get beyond B-B.
struct LevelParts {
    Timestamps& timestamps;
    const LevelRaiser& raiser;
};

/// What the first of two seals is made with, by GB/T 38540.
struct SesParts {
    keys::PrivateKey& key;  ///< SM2; asks the sealer
    /// DER, of the keys before it: a seal of theirs that the register does not know is nobody's.
    std::vector<Bytes> earlier_certificates{};
};

/// Everything the use cases need from above. References outlive the service.
struct ServiceParts {
    const Config& config;
    Store& store;
    pdf::FormLibrary& forms;
    pdf::Press& press;
    std::shared_ptr<const pdf::Typefaces> typefaces;
    keys::PrivateKey& seal_key;  ///< of the seal in CMS; asks the sealer
    keys::PrivateKey& token_key;
    Inspector& inspector;
    std::vector<Bytes> trust_anchors;  ///< DER; demo: the demo root
    SealsByUse seals;
    bool specimen = false;  ///< the seal key's chain ends at a demo root
    const Clock& clock;
    Random& random;
    const SesParts* ses = nullptr;       ///< nullptr: documents have the one seal in CMS
    const LevelParts* levels = nullptr;  ///< nullptr: no TSA, every seal stays B-B
    Revocations* revocations = nullptr;  ///< nullptr: an uploaded file's own answers must do
    /// SHA-256 (hexadecimal) of each certificate of a compromised key: what was sealed with it is
    /// marked.
    std::map<std::string, Time> compromised_certificates{};
    /// Certificates (DER) of token keys that were retired: what they signed still holds.
    std::vector<Bytes> retired_token_certificates{};

    ServiceParts with_keys(keys::PrivateKey& seal,
                           keys::PrivateKey& token,
                           const SesParts* first_seal) const;

    SealKeys seal_keys() const {
        return ses == nullptr ? SealKeys{&seal_key} : SealKeys{&ses->key, &seal_key};
    }
};

/// Any thread; every call that acknowledges a change returns after it is durable.
class Service {
  public:
    explicit Service(const ServiceParts& parts);
    ~Service();

    /// Finishes or voids the numbers that an earlier run or a failure left RESERVED, as far as that
    /// can be done now; answers how many stay. Call it again until none does (recovery.h), from one
    /// thread.
    std::size_t recover(const std::stop_token& stop = {});

    /// Tries to pay the levels that are owed, until `stop`; answers how many are open. From one
    /// thread, again and again.
    std::size_t pay_debts(const std::stop_token& stop = {});
    /// A further revision at this level ("B-T" ...); answers {n, sha256, size, level, at}.
    Json extend(const Caller& caller, const std::string& id, const std::string& level);

    IssueCounts::All counts() const;

    IssueAnswer issue(const Caller& caller, IssueRequest request);
    IssueAnswer replace(const Caller& caller,
                        const std::string& id,
                        const Json& data,
                        const std::string& reason,
                        const std::string& idempotency_key);
    Json revoke(const Caller& caller,
                const std::string& id,
                const std::string& reason,
                const std::string& idempotency_key);
    /// From now on these, by use, instead of those it began with: one was made, or has ended.
    void use_seals(SealsByUse seals);
    /// Seals a PDF that somebody else has made, with `options` of external_seal_request(). Answers
    /// {id, sha256, input_sha256, size, level, sealed_at, seal, place, notices}. Throws
    /// Error{Refused} with the reason as first word, Error{Invalid}, Error{Unavailable}.
    struct Sealed {
        Bytes pdf;
        Json body;
    };
    Sealed seal(const Caller& caller, ByteView file, const Json& options);
    Json document(const Caller& caller, const std::string& id);
    /// The exact bytes of a revision (1-based; the newest without a number), SHA-256 checked.
    struct File {
        Bytes pdf;
        std::string sha256, file_name;
        int revision = 0;
    };
    File pdf(const Caller& caller, const std::string& id, std::optional<int> revision);

    /// Tier 0. Throws Error{Malformed} for a code that is a typing error (alphabet, length, check
    /// symbol), with a hint.
    Json verify_code(const std::string& code);
    CodeAnswer verify_code_as_text(const std::string& code);
    /// Tier 1: {code, fact: {name: value}} or {token} or {code, token}; a wrong fact and an unknown
    /// document are one answer.
    Json verify_fact(const Json& request);
    /// Which facts may be asked for this code, for the page; the same list for an unknown code of
    /// no type.
    std::vector<pdf::AskedFact> askable(const std::string& code);
    /// Byte match with the register first, then the inspector, for `caller` (Inspector::inspect).
    /// Of a picture or a scan of the paper: what its QR leads to, with "picture" and "compare".
    Json verify_file(ByteView file, const std::string& caller = {});

    /// Issues `data`, what verify_file() found out about `file`, as a document of report_type that
    /// the caller owns: a file and an idempotency key give one report.
    struct Report {
        File file;
        bool replayed = false;
    };
    Report report(const Caller& caller,
                  ByteView file,
                  Json data,
                  const std::string& idempotency_key);

    /// Published keys: token keys as JWK set (x, y, kid, x5c), and the seal chain as PEM.
    Json jwks();
    std::string seal_certificates_pem();
    /// Each key in use signs and verifies a probe, its certificate is looked at (preflight.h), and
    /// how long each use of a form still has a seal; what is found goes to the log. True when all
    /// keys are fit.
    bool preflight();
    /// {"ready": bool, "checks": {...}}: database writable, sealer answers, inspector answers,
    /// disk, clock, path of the seal certificate: "ok" or "failed"; recovery: "ok" or "pending";
    /// seals: "partial" while some forms have none, which does not make it unready. At
    /// most five seconds old. Waits for nothing that somebody else is asking already. Throws
    /// Error{Unavailable} when a part takes longer than that.
    Json readiness();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace yinxin::server
