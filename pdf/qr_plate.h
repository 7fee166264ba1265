// SPDX-License-Identifier: Apache-2.0
// The verification QR of one document among many: all texts of one length in one mask. ZXing draws
// a symbol of that length once; another text differs from it by a code that is linear (ISO/IEC
// 18004, 7.5: Reed-Solomon; a mask is the same for both and falls out), so only the difference is
// worked out. Before a plate is used ZXing draws other texts too, and the plate has to give the
// same modules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pdf/barcode.h"
#include "pdf/qr_layout.h"

namespace yinxin::pdf {

/// Of the texts make_qr writes as bytes. Immutable; any thread.
class QrPlate {
  public:
    /// For texts of `length` bytes up to the longest of a verification QR. Throws Error{Internal}
    /// when ZXing draws symbols of another structure than the standard's.
    explicit QrPlate(std::size_t length);

    /// Error correction M, as make_qr(text) but for the mask, which depends on the length alone.
    QrSymbol symbol(std::string_view text) const;

  private:
    /// Codewords in the order in which they are placed, of the text that `difference` is from the
    /// sample.
    std::vector<std::uint8_t> codewords(const std::vector<std::uint8_t>& difference) const;
    void check() const;

    std::string sample_text_;
    QrSymbol sample_;
    static constexpr std::size_t kCorrectionMax = 32;  ///< 7.5: of a block, at most 30
    using Products = std::array<std::uint8_t, kCorrectionMax>;

    const QrLayout* layout_ = nullptr;       ///< of the sample
    std::array<Products, 256> generator_{};  ///< its coefficients times each byte; then 0
};

/// The symbol of a document's address and token. The same text gives the same modules, always. Any
/// thread; a plate is made at the first text of its length. Throws as make_qr.
QrSymbol make_verification_qr(std::string_view text);

}  // namespace yinxin::pdf
