// SPDX-License-Identifier: Apache-2.0
// Finds the signature dictionaries of a file: values of signature fields (ISO 32000-1, 12.7.4.5)
// and /Perms (12.8.4).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pdf/reader.h"
#include "verify/report.h"
#include "verify/revision_rules.h"

namespace yinxin::verify {

struct FoundSignature {
    std::string field;  ///< full name
    pdf::reader::Reference
        id;  ///< of the dictionary's object; of the field when it is direct in there
    const pdf::reader::Indirect* object = nullptr;
    const pdf::reader::Dict* dict = nullptr;        ///< nullptr: the value is no dictionary
    const pdf::reader::Dict* field_dict = nullptr;  ///< nullptr: of /Perms alone
    std::size_t seen_in = 0;                        ///< the revision whose fields were looked at
    bool certifies = false;                         ///< /Perms /DocMDP names it
    std::optional<int> doc_mdp;                     ///< /P of its DocMDP transform, 2 by default

    bool is_document_timestamp() const;
};

/// As of a revision, in the order of the fields; one value in two fields once, with a finding.
std::vector<FoundSignature> find_signatures(const pdf::reader::Document& document,
                                            std::size_t revision,
                                            std::vector<Finding>& findings);
/// What locks fields once this signature is made.
std::vector<FieldLock> locks_of(const pdf::reader::Document& document,
                                const FoundSignature& signature);

}  // namespace yinxin::verify
