// SPDX-License-Identifier: Apache-2.0
// Looks for QR symbols in pictures as cameras and scanners make them: small, slanted, blurred,
// noisy, with shadows and folds. Tries one way after the other until the wanted one is read.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pdf/barcode.h"
#include "verify/paper/grey_picture.h"

namespace yinxin::verify::paper {

/// For the pictures of one file. Its time begins with it.
class QrSearch {
  public:
    /// `wanted` is how the text that is looked for begins. It is to outlive the search.
    explicit QrSearch(std::string_view wanted);

    /// True while there is time for another picture. Once the wanted text is there, each further
    /// picture is only looked at once, for a second one.
    bool look_at(const GreyPicture& picture);

    const std::vector<std::string>& texts() const { return texts_; }
    int others() const { return static_cast<int>(others_.size()); }

  private:
    bool over() const;
    bool done() const { return found_ || over(); }
    void try_whole(const GreyPicture& picture, pdf::QrThreshold threshold);
    /// The symbols that finder patterns tell of, each upright by itself. `even` shows the picture
    /// `scale` times as large.
    void look_closer(const GreyPicture& picture, const GreyPicture& even, double scale);
    void keep(const std::string& text);

    const std::string_view wanted_;
    const std::chrono::milliseconds begin_;
    std::vector<std::string> texts_;
    std::set<std::string> others_;
    bool found_ = false;
};

}  // namespace yinxin::verify::paper
