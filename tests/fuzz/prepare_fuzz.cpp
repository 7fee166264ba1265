// SPDX-License-Identifier: Apache-2.0
// A file of somebody else on its way to a seal: refused, or given a revision that is one, and that
// costs no earlier signature its verdict.
#include "server/inspector/prepare.h"

#include "tests/fuzz/pdf_mutator.h"
#include "tests/fuzz/trust.h"

using namespace yinxin;
using pdf::WantedPlace;

namespace {

server::SealWork work(WantedPlace::Kind kind, bool riding) {
    server::SealWork work;
    work.place = {kind, 0, 10, 10};
    work.riding = riding;
    work.picture.width = work.picture.height = 119;
    work.picture.content = to_bytes(as_bytes("0 0 119 119 re S"));
    work.contents_bytes = 64;
    work.sub_filter = "ETSI.CAdES.detached";
    work.signing_time = "D:20260131090000+08'00'";
    work.name = "示例市税务局";
    return work;
}

void try_to_seal(ByteView file, const server::SealWork& work) {
    server::SealDraft draft;
    if (!fuzz::accepts(
            [&] { draft = server::prepare_seal(file, work, fuzz::trust(), fuzz::now()); })) {
        return;
    }
    const auto revision = server::joined(file, draft, work.contents_bytes);
    const auto report = verify_document(revision.pdf, fuzz::trust(), {}, fuzz::now());
    std::vector<std::string> verdicts = server::verdicts_of(report);
    fuzz::holds(report.integrity != verify::Integrity::Unreadable, "what is to be sealed is read");
    // No key is here, so the seal is empty: malformed, and the last of all.
    fuzz::holds(verdicts.size() == draft.verdicts.size() + 1, "there is one signature more");
    const auto own =
        std::find_if(report.signatures.begin(), report.signatures.end(), [&](const auto& each) {
            return each.field.starts_with("Seal") && each.verdict == verify::Verdict::Malformed;
        });
    fuzz::holds(own != report.signatures.end(), "the new seal is found");
    auto others = report;
    others.signatures.erase(others.signatures.begin() + (own - report.signatures.begin()));
    for (const std::string& before : draft.verdicts) {
        const auto after = server::verdicts_of(others);
        fuzz::holds(std::find(after.begin(), after.end(), before) != after.end(),
                    "sealing costs no earlier signature its verdict");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // One of the ways to ask, by the size, so that a file always meets the same.
    constexpr WantedPlace::Kind kKinds[] = {
        WantedPlace::Kind::Corner, WantedPlace::Kind::At, WantedPlace::Kind::Invisible};
    try_to_seal({data, size}, work(kKinds[size % 3], size % 2 == 1));
    return 0;
}
