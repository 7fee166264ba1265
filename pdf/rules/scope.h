// SPDX-License-Identifier: Apache-2.0
// How a form refers to values: paths, conditions and texts with {paths} in them; and the list of
// all paths a form knows, so that a wrong one is found when the form is loaded.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pdf/rules/faults.h"

namespace yinxin::pdf::rules {

using Json = nlohmann::json;

/// The document's values, and for what is done row by row the row.
struct Scope {
    const Json& root;
    const Json* row = nullptr;
    const std::string* rows_pointer = nullptr;  ///< of the array the row stands in
    std::size_t index = 0;

    std::string row_pointer() const;  ///< "" without a row
};

/// The rows of one array, or the document as a whole.
class Rows {
  public:
    Rows() = default;
    /// "rows"; "" is the whole document.
    explicit Rows(std::string_view array);

    /// Once for each element of the array, or once with the root.
    void for_each(const Json& root, const std::function<void(const Scope&)>& visit) const;
    const Json* find(const Json& root) const;
    Json* find(Json& root) const { return const_cast<Json*>(find(std::as_const(root))); }
    const std::string& pointer() const { return pointer_; }

  private:
    std::vector<std::string> names_;
    std::string pointer_;
};

/// taxpayer.name, rows[].amount. At most one [].
class Path {
  public:
    /// nullopt when it is not written as a path.
    static std::optional<Path> parse(std::string_view text);

    const std::string& text() const { return text_; }
    bool in_rows() const { return in_rows_; }
    /// The array before []: "rows". Empty without one.
    const std::string& rows() const { return rows_; }

    /// The value; nullptr when it is absent or null, or when the path needs a row and the scope has
    /// none.
    const Json* find(const Scope& scope) const;
    /// Its text; nullptr when it is absent, null or not a string.
    const std::string* find_text(const Scope& scope) const;
    /// The same as a copy.
    std::optional<std::string> string(const Scope& scope) const;
    bool is_derived() const;
    /// JSON Pointer of where the value is or should be; of a derived value the row's or "".
    std::string pointer(const Scope& scope) const;
    /// Puts a value there; `root` or (in rows) `row` is the object to start from. Objects on the
    /// way are made.
    void set(Json& start, Json value) const;

    /// Once for each row the path goes through; once with the root when it goes through none.
    void for_each_row(const Json& root, const std::function<void(const Scope&)>& visit) const {
        through_.for_each(root, visit);
    }

  private:
    std::string text_;
    bool in_rows_ = false;
    std::string rows_;
    Rows through_;
    std::vector<std::string> head_, tail_;
};

/// What is known of a value before there is one.
enum class Kind {
    Text,
    Amount,
    Decimal,
    Date,
    Month,
    MonthRange,
    DateTime,
    Identifier,
    Integer,
    Boolean,
    Object,
    Array
};
const char* kind_name(Kind kind);

/// Every path of a form.
class Catalog {
  public:
    void add(const std::string& path, Kind kind) { kinds_[path] = kind; }
    std::optional<Kind> kind(const std::string& path) const;
    /// ": did you mean rows[].amount?" or a list of what there is.
    std::string suggestion(const std::string& path) const;
    const std::map<std::string, Kind>& all() const { return kinds_; }

  private:
    std::map<std::string, Kind> kinds_;
};

/// {"path": p, "equals" | "in" | "is" | "matches": ...}, {"not": c}, {"all": [c]}, {"any": [c]}.
using Condition = std::function<bool(const Scope&)>;

/// A text with {paths}; an absent value is left out.
class ValueText {
  public:
    std::string fill(const Scope& scope) const;
    const std::vector<Path>& paths() const { return paths_; }

  private:
    friend class Arguments;
    std::vector<std::string> texts_;  ///< one more than paths
    std::vector<Path> paths_;
};

/// Reads the members of one rule or function and reports what is wrong with them, unknown members
/// too.
class Arguments {
  public:
    /// References live as long as the reading; what is returned does not refer to them.
    Arguments(const Json& object,
              std::string pointer,
              const Catalog& catalog,
              const Json& tables,
              Faults& faults);

    /// A known path of one of these kinds (any without). Reports and answers an empty path when
    /// there is none.
    Path path(const std::string& name, const std::vector<Kind>& kinds = {});
    std::optional<Path> optional_path(const std::string& name, const std::vector<Kind>& kinds = {});
    /// One path or an array of them.
    std::vector<Path> paths(const std::string& name, const std::vector<Kind>& kinds = {});
    std::string text(const std::string& name);
    std::string text(const std::string& name, const std::string& otherwise);
    /// One of these words.
    std::string word(const std::string& name,
                     const std::vector<std::string>& words,
                     const std::string& otherwise = {});
    int integer(const std::string& name, int otherwise);
    std::map<std::string, std::string> texts(const std::string& name);
    ValueText text_template(const std::string& name);
    /// Rows of form.json's tables.<name>, by their "value".
    Json table(const std::string& name);
    /// Always true without the member. A condition on the whole document may not speak of rows.
    Condition condition(const std::string& name, bool rows_allowed = true);
    bool has(const std::string& name) const;

    void fault(const std::string& name, const std::string& detail);
    /// Call last: reports members nobody asked for, but for these.
    void finish(const std::vector<std::string>& read_elsewhere = {});
    /// The array whose rows the paths read so far go through; "" when none does. Two different ones
    /// are reported.
    const std::string& rows() const { return rows_; }

    /// Whether a path read so far names a derived value.
    bool uses_derived() const { return uses_derived_; }

    const Catalog& catalog() const { return catalog_; }

  private:
    const Json* take(const std::string& name);
    Path known_path(const std::string& text,
                    const std::string& place,
                    const std::vector<Kind>& kinds);
    Condition read_condition(const Json& value, const std::string& place);
    void note_rows(const Path& path, const std::string& place);

    const Json& object_;
    std::string pointer_;
    const Catalog& catalog_;
    const Json& tables_;
    Faults& faults_;
    std::vector<std::string> taken_;
    std::string rows_;
    bool rows_allowed_ = true;
    bool uses_derived_ = false;
};

/// A member's name in a JSON Pointer (RFC 6901, 3).
std::string pointer_token(std::string_view name);

}  // namespace yinxin::pdf::rules
