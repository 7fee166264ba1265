// SPDX-License-Identifier: Apache-2.0
// A page under construction: the values of its template in one language.
#pragma once

#include <string>

#include "server/api/answer_rows.h"
#include "server/api/handlers.h"
#include "server/api/page_state.h"
#include "server/api/web.h"

namespace yinxin::server {

using PageData = kainjow::mustache::data;

/// What every page needs: language, address for the language link, organ, demo banner.
PageData page_values(const ApiContext& context, const Request& request, Language language);

/// References stay the caller's and outlive it. One thread.
class Page {
  public:
    Page(const ApiContext& context, const Web& web, const Request& request);

    Language language() const { return language_; }
    const Web& web() const { return web_; }
    const std::string& text(const std::string& key) const { return web_.text(language_, key); }
    /// The one of two texts that is in the page's language.
    const std::string& either(const std::string& zh, const std::string& en) const {
        return language_ == Language::Chinese ? zh : en;
    }

    void set(const std::string& name, const PageData& value) { values_.set(name, value); }
    void title(const std::string& title) { values_.set("title", title); }
    void error(const std::string& key);
    /// Title, headline, meaning and what to do next; `more` names one more step, "" for none.
    void verdict(const PageState& state, const std::string& more = "");
    Response render(const std::string& name) const { return web_.page(name, language_, values_); }

  private:
    const Web& web_;
    const Language language_;
    PageData values_;
};

/// Lines of label and value; empty values are left out.
class PageRows {
  public:
    explicit PageRows(const Page& page) : page_(page) {}
    void add(const std::string& label, const std::string& value);
    void add_known(const std::string& key, const std::string& value) {
        add(page_.text(key), value);
    }
    void add(const AnswerRow& row) { add_known(row.label, page_.either(row.zh, row.en)); }
    const PageData& data() const { return rows_; }
    bool any() const { return !rows_.is_empty_list(); }

  private:
    const Page& page_;
    PageData rows_{PageData::type::list};
};

}  // namespace yinxin::server
