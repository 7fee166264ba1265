// SPDX-License-Identifier: Apache-2.0
// The pages' building: embedded templates, texts in two languages, static files.
#pragma once

#include <map>
#include <memory>
#include <mustache.hpp>
#include <string>
#include <string_view>

#include "server/http/message.h"

namespace yinxin::server {

enum class Language { Chinese, English };

/// ?lang= first, then Accept-Language, then Chinese.
Language language_of(const RequestHead& head);

/// Short hexadecimal name of a content, for ETag and addresses; not for security.
std::string fingerprint(std::string_view content);

/// Immutable once made; any thread.
class Web {
  public:
    /// Throws Error{Internal} when an embedded file is missing or broken.
    Web();
    ~Web();

    struct StaticFile {
        std::string name, content_type, version;
        std::string_view content;
    };
    const std::vector<StaticFile>& static_files() const { return static_files_; }

    const std::string& text(Language language, const std::string& key) const;
    bool has_text(Language language, const std::string& key) const;
    /// templates/layout.mustache around templates/<name>.mustache. In templates {{t.key}} is a text
    /// of the language.
    Response page(const std::string& name, Language language, kainjow::mustache::data values) const;
    /// server/openapi.json
    std::string_view description() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::vector<StaticFile> static_files_;
};

}  // namespace yinxin::server
