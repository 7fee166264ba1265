// SPDX-License-Identifier: Apache-2.0
// Mutates DER value by value: one is changed, taken out, doubled or exchanged, and the lengths
// around it fit again. Every other mutation is libFuzzer's own, of bytes.
#pragma once

#include <random>

#include "tests/fuzz/fuzz.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace yinxin::fuzz {

struct Node {
    std::uint8_t tag = 0;
    Bytes content;  ///< of a primitive value
    std::vector<Node> children;
};

/// False when the bytes are no whole values of definite length.
inline bool parse_nodes_into(ByteView bytes, int depth, std::vector<Node>& out) {
    while (!bytes.empty()) {
        if (bytes.size() < 2 || depth > 24) {
            return false;
        }
        std::size_t length = bytes[1], head = 2;
        if (length > 0x80) {
            const std::size_t count = length & 0x7F;
            if (count > 3 || bytes.size() < 2 + count) {
                return false;
            }
            length = 0;
            for (std::size_t i = 0; i < count; ++i) {
                length = length << 8 | bytes[2 + i];
            }
            head += count;
        }
        if (bytes[1] == 0x80 || (bytes[0] & 0x1F) == 0x1F || length > bytes.size() - head) {
            return false;
        }
        Node node;
        node.tag = bytes[0];
        node.content = to_bytes(bytes.subspan(head, length));
        const bool may_hold = (node.tag & 0x20) != 0 || node.tag == 0x04 || node.tag == 0x03;
        const std::size_t unused = node.tag == 0x03 ? 1 : 0;  // a BIT STRING's first octet
        if (may_hold && length > unused) {
            std::vector<Node> inner;
            if (parse_nodes_into(ByteView(node.content).subspan(unused), depth + 1, inner)) {
                node.children = std::move(inner);
                node.content.resize(unused);
            }
        }
        out.push_back(std::move(node));
        bytes = bytes.subspan(head + length);
    }
    return true;
}

inline void append_node(const Node& node, Bytes& out) {
    Bytes content = node.content;
    for (const Node& child : node.children) {
        append_node(child, content);
    }
    out.push_back(node.tag);
    if (content.size() < 0x80) {
        out.push_back(static_cast<std::uint8_t>(content.size()));
    } else {
        const int count = content.size() < 0x100 ? 1 : content.size() < 0x10000 ? 2 : 3;
        out.push_back(static_cast<std::uint8_t>(0x80 | count));
        for (int i = count; i-- > 0;) {
            out.push_back(static_cast<std::uint8_t>(content.size() >> (8 * i)));
        }
    }
    out.insert(out.end(), content.begin(), content.end());
}

struct Position {
    std::vector<Node>* list;
    std::size_t index;
    Node& node() const { return (*list)[index]; }
};

inline void list_nodes(std::vector<Node>& nodes, std::vector<Position>& out) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        out.push_back({&nodes, i});
        list_nodes(nodes[i].children, out);
    }
}

inline void change(const Position& at, const std::vector<Position>& all, std::minstd_rand& dice) {
    const auto other = [&]() -> const Node& { return all[dice() % all.size()].node(); };
    const auto place = at.list->begin() + static_cast<std::ptrdiff_t>(at.index);
    switch (dice() % 8) {
        case 0:
            at.list->erase(place);
            break;
        case 1: {
            const Node copy = at.node();
            at.list->insert(place, copy);
            break;
        }
        case 2: {
            const Node copy = other();
            at.node() = copy;
            break;
        }
        case 3: {
            const Node copy = other();
            at.list->insert(place, copy);
            break;
        }
        case 4:
            at.node().tag = static_cast<std::uint8_t>(at.node().tag ^ (1U << dice() % 8));
            break;
        default: {
            Bytes& content = at.node().content;
            const std::size_t size = content.size();
            content.resize(size + 32);
            content.resize(LLVMFuzzerMutate(content.data(), size, content.size()));
        }
    }
}

inline std::size_t mutate_der(std::uint8_t* data,
                              std::size_t size,
                              std::size_t size_max,
                              unsigned seed) {
    std::minstd_rand dice(seed);
    std::vector<Node> nodes;
    if (dice() % 3 == 0 || size == 0 || !parse_nodes_into({data, size}, 0, nodes)) {
        return LLVMFuzzerMutate(data, size, size_max);
    }
    std::vector<Position> all;
    list_nodes(nodes, all);
    change(all[dice() % all.size()], all, dice);
    Bytes out;
    for (const Node& node : nodes) {
        append_node(node, out);
    }
    if (out.size() > size_max) {
        return LLVMFuzzerMutate(data, size, size_max);
    }
    std::copy(out.begin(), out.end(), data);
    return out.size();
}

}  // namespace yinxin::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t size_max,
                                               unsigned seed) {
    return yinxin::fuzz::mutate_der(data, size, size_max, seed);
}
