// SPDX-License-Identifier: Apache-2.0
// Every fixed cap on outside input, in one place. What an operator may change is in server/config.h
// instead.
#pragma once

#include <cstddef>
#include <cstdint>

namespace yinxin::limits {

inline constexpr std::size_t json_bytes_max = 1u << 20;
inline constexpr std::size_t json_depth_max = 32;
inline constexpr std::size_t faults_max = 50;  // named in one answer
inline constexpr std::size_t upload_bytes_max = 10u << 20;
inline constexpr std::size_t uri_bytes_max = 2u << 10;
inline constexpr std::size_t header_bytes_max = 16u << 10;
inline constexpr std::size_t header_fields_max = 64;

// PDF reading (the 2.5 of the validation rules)
inline constexpr std::size_t pdf_inflated_bytes_max = 64u << 20;
inline constexpr std::size_t pdf_inflate_ratio_max = 100;
inline constexpr std::size_t pdf_inflate_ratio_from_bytes = 1u << 20;
inline constexpr std::size_t pdf_objects_max = 50'000;
inline constexpr std::size_t pdf_depth_max = 100;
inline constexpr std::size_t pdf_pages_max = 200;
inline constexpr std::size_t pdf_revisions_max = 100;
inline constexpr std::size_t pdf_signatures_max = 100;
// How often all cross-references together are asked: objects times revisions, or as often again.
inline constexpr std::size_t pdf_lookups_max = 150'000'000;

// Each may have to be tried as the issuer of each other.
inline constexpr std::size_t cms_certificates_max = 100;
inline constexpr std::size_t dss_values_max = 200;  // of one kind

/// of the picture inside a seal of GB/T 38540, which stands in every document
inline constexpr std::size_t ses_picture_bytes_max = 256u << 10;
/// of such a seal: beside the picture there are some certificates
inline constexpr std::size_t ses_seal_bytes_max = ses_picture_bytes_max + (64u << 10);

// a child of the inspector, and so one file
inline constexpr unsigned inspector_cpu_seconds = 5;
inline constexpr unsigned inspector_wall_seconds = 8;
inline constexpr std::size_t inspector_memory_bytes = 256u << 20;
// the same of the painter, whose work may be left undone
inline constexpr unsigned painter_cpu_seconds = 2;
inline constexpr unsigned painter_wall_seconds = 3;

// a photo or scan of paper
inline constexpr std::int64_t picture_pixels_max = 64'000'000;  // declared, before one is decoded
inline constexpr int paper_cpu_ms = 3'500;  // then the search ends with what it has found
inline constexpr std::size_t paper_texts_max = 16;
inline constexpr std::size_t paper_text_bytes_max = 1u << 10;

// the QR on a document: version 11, level M, 61 modules
inline constexpr std::size_t qr_text_bytes_max = 251;
inline constexpr int qr_modules_max = 61;
inline constexpr double qr_module_mm_min = 0.5;

}  // namespace yinxin::limits
