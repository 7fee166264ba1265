// SPDX-License-Identifier: Apache-2.0
// PDF objects as they were read (ISO 32000-1, 7.3), each with the place of its bytes, so that a
// checker can reason about offsets and a writer can copy a value without re-encoding it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/error.h"

namespace yinxin::pdf::reader {

struct Reference {
    std::uint32_t number = 0;
    std::uint32_t generation = 0;
    auto operator<=>(const Reference&) const = default;
};

/// [begin, end) in the buffer the object was read from: the file, or the decoded object stream it
/// lies in.
struct Extent {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t size() const { return end - begin; }
    auto operator<=>(const Extent&) const = default;
};

struct Name {
    std::string text;  ///< without the slash, #xx decoded
};

struct String {
    std::string bytes;         ///< decoded
    bool hexadecimal = false;  ///< written as <...>
};

class Object;
struct Member;
using Array = std::vector<Object>;

/// Immutable. Found by key in logarithmic time: a hostile file may have very many.
class Dict {
  public:
    Dict() = default;
    /// In the order of the file. Throws Error{Malformed} when a key stands twice.
    explicit Dict(std::vector<Member> members);

    /// nullptr when absent. A null value is the same as an absent one (7.3.7).
    const Object* find(std::string_view key) const;
    const std::vector<Member>& members() const { return members_; }

  private:
    std::vector<Member> members_;
    std::vector<std::uint32_t> by_key_;  // indexes of members_, where they are many
};

/// Cheap to copy; immutable.
class Object {
  public:
    using Value = std::variant<std::monostate,
                               bool,
                               std::int64_t,
                               double,
                               Name,
                               String,
                               Reference,
                               std::shared_ptr<const Array>,
                               std::shared_ptr<const Dict>>;

    Object() = default;
    /// Of one of Value's types.
    template <class T>
    Object(T value, Extent extent)
        : value_(std::in_place_type<T>, std::move(value)), extent_(extent) {}

    const Extent& extent() const { return extent_; }
    const Value& value() const { return value_; }

    bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
    const bool* boolean() const { return std::get_if<bool>(&value_); }
    const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
    const double* real() const { return std::get_if<double>(&value_); }
    const Name* name() const { return std::get_if<Name>(&value_); }
    const String* string() const { return std::get_if<String>(&value_); }
    const Reference* reference() const { return std::get_if<Reference>(&value_); }
    const Array* array() const { return pointee<Array>(); }
    const Dict* dict() const { return pointee<Dict>(); }

    bool is_name(std::string_view text) const { return name() != nullptr && name()->text == text; }
    bool is_number() const { return integer() != nullptr || real() != nullptr; }
    /// Integer or real; 0 for anything else.
    double number() const;

  private:
    template <class T>
    const T* pointee() const {
        const auto* held = std::get_if<std::shared_ptr<const T>>(&value_);
        return held != nullptr ? held->get() : nullptr;
    }

    Value value_;
    Extent extent_;
};

struct Member {
    std::string key;
    Extent key_extent;
    Object value;
};

/// Throws Error{Malformed}: "byte N: what".
[[noreturn]] void malformed(std::size_t offset, const std::string& what);

}  // namespace yinxin::pdf::reader
