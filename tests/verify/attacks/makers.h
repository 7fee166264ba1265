// SPDX-License-Identifier: Apache-2.0
// What the attacks on any sealed file are made of: a change of its last signature in place, or an
// update.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/verify/attacks/any_file.h"
#include "tests/verify/attacks/editing.h"
#include "tests/verify/attacks/stranger.h"

namespace yinxin::tests {

using Made = std::optional<Bytes>;
using Maker = std::function<Made(const Bytes&)>;
using Attacks = std::vector<AnyFileAttack>;

// What a row may be called.
using Verdicts = std::vector<verify::Integrity>;
inline const Verdicts kInvalid{verify::Integrity::Invalid};
inline const Verdicts kAltered{verify::Integrity::Altered};
inline const Verdicts kUnreadable{verify::Integrity::Unreadable};
inline const Verdicts kAlteredOrUnreadable{verify::Integrity::Altered,
                                           verify::Integrity::Unreadable};
/// Either the structure is refused before the signature is looked at, or the signature.
inline const Verdicts kRefused{verify::Integrity::Invalid, verify::Integrity::Unreadable};
/// Nobody can tell whether the certificate that is named is the one.
inline const Verdicts kInvalidOrNotChecked{verify::Integrity::Invalid,
                                           verify::Integrity::NotChecked};
inline const Verdicts kAlteredOrRefused{
    verify::Integrity::Altered, verify::Integrity::Invalid, verify::Integrity::Unreadable};
inline const Verdicts kNever{verify::Integrity::Altered,
                             verify::Integrity::Invalid,
                             verify::Integrity::Unreadable,
                             verify::Integrity::NotChecked};

/// Somebody whom nobody knows.
const Person& stranger();

/// `text`, then spaces.
std::string fitted(const std::string& text, std::size_t size);
/// Other text for "[...]" of /ByteRange, padded with spaces.
Maker range_as(const std::function<std::string(std::string old)>& change);
/// Other text for "<...>" of /Contents, padded with spaces.
Maker contents_as(const std::function<std::string(std::string old)>& change);
/// The end of the padding, with something else there.
Maker padding_ends(const std::string& with);
/// A key of the signature dictionary under another name.
Maker key_renamed(const std::string& key, const std::string& to);
/// The container written anew: another CMS, the same place.
Maker container_as(const std::function<Bytes(ByteView cms)>& change);

/// The object whose value is the last seal's dictionary; nothing where it is direct in its field.
std::optional<Reference> seal_object(const pdf::reader::Document& document);
/// The field whose value is the last seal.
std::optional<Reference> seal_field(const pdf::reader::Document& document);
/// Every reachable object for which this holds, lowest number first.
std::vector<Reference> objects_with(
    const pdf::reader::Document& document,
    const std::function<bool(const pdf::reader::Indirect&, const pdf::reader::Dict&)>& wanted);
/// The stream with the first page's content, or its first part.
std::optional<Reference> page_content(const Update& update);

/// One more revision; false: this file gives no hold.
Maker updated(const std::function<bool(Update&)>& change);
bool content_overridden(Update& update);
/// The seal's own dictionary again, in another revision, with other members.
Maker seal_overridden(const std::map<std::string, std::string>& changes);
inline const std::string kOtherContent = "q 1 0 0 1 72 500 cm 0 0 200 40 re f Q";
/// A form that covers with white.
std::string appearance();
/// A signature field and its widget.
std::string widget(const Update& update, const std::string& rect, const std::string& more);

void rows_1_and_3(Attacks& out);
void row_2(Attacks& out);
void rows_4_to_8(Attacks& out);
void rows_9_to_21(Attacks& out);
void rows_23_to_30(Attacks& out);
void rows_31_to_36(Attacks& out);

}  // namespace yinxin::tests
