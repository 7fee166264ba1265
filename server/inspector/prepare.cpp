// SPDX-License-Identifier: Apache-2.0
#include "server/inspector/prepare.h"

#include <algorithm>

#include "common/error.h"
#include "pdf/reader.h"

namespace yinxin::server {
namespace {

constexpr const char* kFieldName = "Seal";

[[noreturn]] void refuse(const std::string& reason) {
    throw Error(ErrorCode::Refused, reason);
}

/// The first fault there is, in words.
std::string fault_of(const verify::DocumentReport& report) {
    const auto first = [](const std::vector<verify::Finding>& findings) -> std::string {
        for (const verify::Finding& each : findings) {
            if (each.weight == verify::Finding::Weight::Fault) {
                return each.detail;
            }
        }
        return {};
    };
    for (const verify::SignatureReport& signature : report.signatures) {
        if (const std::string fault = first(signature.findings); !fault.empty()) {
            return fault;
        }
    }
    return first(report.findings);
}

void refuse_unless_whole(const verify::DocumentReport& report) {
    const std::string fault = fault_of(report);
    const std::string why = fault.empty() ? "" : ": " + fault;
    switch (report.integrity) {
        case verify::Integrity::Unreadable:
            refuse("unreadable" + why);
        case verify::Integrity::Invalid:
            refuse("invalid: a signature in the file does not hold" + why);
        case verify::Integrity::Altered:
            refuse("altered: the file was changed after it was signed" + why);
        default:
            break;
    }
}

/// What is visible over a certified file counts as a change of it.
bool forbids_visible(const verify::DocumentReport& report) {
    return std::any_of(report.signatures.begin(), report.signatures.end(), [](const auto& each) {
        return each.certifies;
    });
}

pdf::SignatureSpec spec_of(const SealWork& work) {
    pdf::SignatureSpec spec;
    spec.field_name = kFieldName;
    spec.sub_filter = work.sub_filter;
    spec.signing_time = work.signing_time;
    spec.name = work.name;
    spec.reason = work.reason;
    spec.contents_bytes = work.contents_bytes;
    if (work.riding) {
        spec.riding = work.picture;
    }
    return spec;
}

}  // namespace

std::vector<std::string> verdicts_of(const verify::DocumentReport& report) {
    std::vector<const verify::SignatureReport*> all;
    for (const verify::SignatureReport& each : report.signatures) {
        all.push_back(&each);
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

SealDraft prepare_seal(ByteView file,
                       const SealWork& work,
                       const verify::TrustStore& trust,
                       Time now) {
    const verify::DocumentReport report = verify::verify_document(file, trust, {}, now);
    refuse_unless_whole(report);
    pdf::check_sealable(file);

    SealDraft draft;
    draft.verdicts = verdicts_of(report);
    for (const verify::Finding& each : report.findings) {
        if (each.weight != verify::Finding::Weight::Fault &&
            draft.notices.size() < limits::faults_max / 2) {
            draft.notices.push_back(each.detail);
        }
    }
    pdf::WantedPlace place = work.place;
    if (forbids_visible(report) && place.kind != pdf::WantedPlace::Kind::Invisible) {
        if (place.kind == pdf::WantedPlace::Kind::At) {
            const std::string detail =
                "the file is certified: what is added visibly would count as a change of it; seal "
                "it invisibly";
            throw Error(ErrorCode::Invalid, detail, {{"/place", "certified", detail}});
        }
        place.kind = pdf::WantedPlace::Kind::Invisible;
        draft.notices.emplace_back(
            "the seal is invisible: the file is certified, and what is added visibly would count "
            "as a change");
    }
    pdf::SignatureSpec spec = spec_of(work);
    const auto document = pdf::reader::Document::open(file);
    if (const auto placed =
            pdf::place_seal(document, place, work.picture.width, work.picture.height)) {
        spec.seal = pdf::VisibleSeal{placed->page, placed->rect, work.picture};
        draft.page = placed->page + 1;
        draft.free = placed->free;
        if (!placed->free) {
            draft.notices.emplace_back(
                "no corner of the page is free: the seal stands where the "
                "least is printed; place X,Y puts it elsewhere");
        }
    }
    pdf::PreparedRevision prepared = pdf::append_signature(file, spec);
    draft.gap_begin = prepared.byte_range[1];
    draft.gap_end = prepared.byte_range[2];
    draft.tail.assign(prepared.pdf.begin() + static_cast<std::ptrdiff_t>(file.size()),
                      prepared.pdf.end());
    return draft;
}

}  // namespace yinxin::server
