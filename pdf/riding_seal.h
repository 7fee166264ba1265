// SPDX-License-Identifier: Apache-2.0
// The riding seal (骑缝章): one seal cut into upright strips of equal width, one at the right edge
// of each page, so that pages laid like a fan make the whole seal and a page that was exchanged
// does not fit. Page content, so that the signature of the same revision covers it.
#pragma once

#include <map>
#include <vector>

#include "pdf/reader.h"
#include "pdf/revision_writer.h"
#include "pdf/seal_picture.h"

namespace yinxin::pdf {

/// Strip `strip` (from 0, the leftmost) of `strips`.
struct RidingStrip {
    int strip = 0, strips = 0;
};

/// One for each page. A strip is at least 2 mm wide and a seal is cut into at most 20, so many
/// pages make several seals of as many strips as possible each. Throws Error{Invalid} for fewer
/// than two pages, or for a picture that cannot be cut in two.
std::vector<RidingStrip> riding_strips(std::size_t pages, double picture_width);

/// What changes of each page's dictionary, by the number of the page from 0.
using PageChanges = std::map<std::size_t, std::map<std::string, std::string>>;

/// Adds the strips, centred in height, to the content of all pages.
void add_riding_seal(RevisionWriter& writer,
                     const std::vector<reader::Page>& pages,
                     const Picture& picture,
                     PageChanges& changes);

}  // namespace yinxin::pdf
