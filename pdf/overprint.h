// SPDX-License-Identifier: Apache-2.0
// Form + overprint: the blank form is drawn by libharu once per version and kept as ready PDF
// objects; for a document only its values are written over it. The result is a complete PDF/A-3b
// file, not yet sealed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/open_streams.h"
#include "pdf/form.h"
#include "pdf/geometry.h"
#include "pdf/signature_spec.h"

namespace yinxin::pdf {

/// The font chain: loaded once, shared by all. Any thread.
class Typefaces {
  public:
    /// Finds the faces in the system's font folders (and YINXIN builds' defaults); throws
    /// Error{Unavailable} naming the package that is missing.
    static std::shared_ptr<const Typefaces> load(
        const std::vector<std::filesystem::path>& folders = {});
    virtual ~Typefaces() = default;
};

/// Where the seal's widget goes.
struct SealPlace {
    int page = 0;  ///< 0-based
    Rect rect;     ///< of a box in which the seal is centred at its own size
};

/// A document that passed every check of paper: each character has a glyph, each text fits, pages
/// are known.
class Plan {
  public:
    virtual ~Plan() = default;
    virtual int pages() const = 0;
    virtual SealPlace seal() const = 0;
};

struct Rendered {
    Bytes pdf;
    int pages = 0;
    SealPlace seal;
    std::array<std::uint64_t, 4> byte_range{};  ///< of a signature that was printed along
    bool has_field() const { return byte_range[3] != 0; }
    std::vector<OpenStream> streams;  ///< of this document alone
};

/// Any thread.
class Press {
  public:
    /// `cache` may be empty (compiled forms are then kept in memory only).
    static std::unique_ptr<Press> create(std::shared_ptr<const Typefaces> typefaces,
                                         std::filesystem::path cache);
    virtual ~Press() = default;

    /// Throws Error{Invalid}: "glyph" naming character and code point, "fit" naming the place, each
    /// with the JSON Pointer; Error{Unavailable} when the fault is the form's own.
    virtual std::unique_ptr<Plan> plan(std::shared_ptr<const Form> form,
                                       const Values& values,
                                       const IssuerNames& issuer) = 0;
    /// Same values as planned, after Form::complete. A pure function of its arguments: same input,
    /// same bytes. With the field of a signature, its Contents empty, where one is given: smaller
    /// than a revision behind it. Throws Error{Invalid} for a riding seal, which needs one.
    virtual Rendered print(const Plan& plan,
                           const Values& values,
                           const IssuerNames& issuer,
                           const Issuance& issuance,
                           const SignatureSpec* signature = nullptr) = 0;
};

/// The name by which a page shows the verification QR.
inline constexpr const char* kVerificationQrName = "QR";

/// How a verification QR is read back.
enum class QrLook {
    Picture,  ///< ZXing reads the text from a picture of that place: paper, what lies below, the QR
              ///< in its colour, at 200 dpi
    Modules,  ///< dark on pale paper, and each module as in the symbol of the text; a picture too
              ///< where something dark lies below
};

/// The last look before sealing, on the finished bytes and by the strict reader. Every page is run
/// operator by operator; on each page with a verification QR
///   - it stands upright and square on the page with its quiet zone, a module at least 0.5 mm wide;
///   - no text, no other image, no line or area painted later and not the seal (at rendered.seal)
///     meets it or its quiet zone;
///   - it says qr_text, by `look`.
/// Number and code stand in the text, pages are as planned, fonts are embedded. Throws
/// Error{Internal} naming what differs.
void check_print(ByteView pdf,
                 const Rendered& rendered,
                 const Issuance& issuance,
                 QrLook look = QrLook::Picture);

}  // namespace yinxin::pdf
