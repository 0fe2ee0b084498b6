// Streams, capture and graphs. Work outside a capture is done at once; the nodes of a graph in an order that its edges
// allow, and that one would expect least.
#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>
#include "state.h"

struct CUgraphNode_st
{
    std::string what;
    std::function<void()> work;
    const void* workspace = nullptr;
    std::shared_ptr<CUgraph_st> child;
    std::vector<CUgraphNode_st*> after;
};
struct CUgraph_st
{
    std::vector<std::shared_ptr<CUgraphNode_st>> nodes;
};
struct CUgraphExec_st
{
    struct Step
    {
        std::shared_ptr<CUgraphNode_st> node;
        std::vector<size_t> before;  // the steps that this one must precede
        size_t after = 0;            // the number of steps that must precede this one
    };
    std::vector<Step> steps;

    // Adds what is in a graph; returns its first and its last step, which do nothing.
    std::pair<size_t, size_t> add(const CUgraph_st& graph)
    {
        const size_t first = add(nullptr), last = add(nullptr);
        order(first, last);
        std::vector<std::pair<const CUgraphNode_st*, std::pair<size_t, size_t>>> spans;
        for (auto& node : graph.nodes)
        {
            std::pair<size_t, size_t> span;
            if (node->child) span = add(*node->child);
            else span.first = span.second = add(node);
            spans.push_back({node.get(), span});
            order(first, span.first);
            order(span.second, last);
        }
        auto find = [&](const CUgraphNode_st* node) {
            return std::find_if(spans.begin(), spans.end(), [=](auto& span) { return span.first == node; })->second;
        };
        for (auto& [node, span] : spans)
            for (auto* other : node->after) order(find(other).second, span.first);
        return {first, last};
    }
    size_t add(std::shared_ptr<CUgraphNode_st> node)
    {
        steps.push_back({node, {}, 0});
        return steps.size() - 1;
    }
    void order(size_t a, size_t b) { steps[a].before.push_back(b), steps[b].after++; }

    std::vector<bool> later_than(size_t start) const
    {
        std::vector<bool> later(steps.size());
        std::vector<size_t> open = steps[start].before;
        while (!open.empty())
        {
            const size_t step = open.back();
            open.pop_back();
            if (later[step]) continue;
            later[step] = true;
            open.insert(open.end(), steps[step].before.begin(), steps[step].before.end());
        }
        return later;
    }
};

namespace fake_cuda
{
namespace
{
cudaStream_t capturing = nullptr;
cudaGraph_t captured = nullptr;
bool invalid = false;

bool legacy(cudaStream_t stream) { return !stream || stream == cudaStreamLegacy; }

cudaError_t invalidate(cudaError_t error, const char* what)
{
    invalid = true;
    return failed(error, "%s while a stream is capturing", what);
}

size_t choose(size_t ready)
{
    static const char* order = getenv("FAKE_CUDA_ORDER");
    static std::mt19937 random(order ? strtoul(order, nullptr, 10) : 0);
    if (!order || !strcmp(order, "latest")) return ready - 1;
    if (!strcmp(order, "capture")) return 0;
    return random() % ready;
}
}

cudaError_t not_while_capturing(const char* what)
{
    return captured ? invalidate(cudaErrorStreamCaptureUnsupported, what) : cudaSuccess;
}

cudaError_t run_or_capture(cudaStream_t stream, const char* what, std::function<void()> work, const void* workspace)
{
    if (captured && legacy(stream)) return invalidate(cudaErrorStreamCaptureImplicit, what);
    if (!captured || stream != capturing)
    {
        work();
        return cudaSuccess;
    }
    auto node = std::make_shared<CUgraphNode_st>();
    node->what = what;
    node->work = std::move(work);
    node->workspace = workspace;
    if (!captured->nodes.empty()) node->after.push_back(captured->nodes.back().get());
    captured->nodes.push_back(node);
    return cudaSuccess;
}
}

using namespace fake_cuda;

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode)
{
    if (captured || legacy(stream)) return failed(cudaErrorStreamCaptureUnsupported, "cudaStreamBeginCapture");
    capturing = stream;
    captured = new CUgraph_st;
    invalid = false;
    return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph)
{
    if (!captured || stream != capturing) return failed(cudaErrorInvalidValue, "no capture to end");
    *graph = captured;
    captured = nullptr;
    if (!invalid) return cudaSuccess;
    delete *graph;
    *graph = nullptr;
    return failed(cudaErrorStreamCaptureInvalidated, "cudaStreamEndCapture");
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status)
{
    *status = !captured || stream != capturing ? cudaStreamCaptureStatusNone
              : invalid ? cudaStreamCaptureStatusInvalidated : cudaStreamCaptureStatusActive;
    return cudaSuccess;
}

cudaError_t cudaGraphCreate(cudaGraph_t* graph, unsigned)
{
    *graph = new CUgraph_st;
    return cudaSuccess;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    delete graph;
    return cudaSuccess;
}
cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* count)
{
    if (nodes)
        for (size_t i = 0; i < std::min(*count, graph->nodes.size()); i++) nodes[i] = graph->nodes[i].get();
    *count = graph->nodes.size();
    return cudaSuccess;
}
static cudaError_t add_node(cudaGraphNode_t* out, cudaGraph_t graph, const cudaGraphNode_t* after, size_t n,
                            std::shared_ptr<CUgraph_st> child)
{
    auto node = std::make_shared<CUgraphNode_st>();
    for (size_t i = 0; i < n; i++)
    {
        auto is = [=](auto& known) { return known.get() == after[i]; };
        if (std::none_of(graph->nodes.begin(), graph->nodes.end(), is))
            return failed(cudaErrorInvalidValue, "an edge from a node that is not in the graph");
        if (std::count(after, after + n, after[i]) > 1) return failed(cudaErrorInvalidValue, "the same edge twice");
        node->after.push_back(after[i]);
    }
    node->child = child;
    graph->nodes.push_back(node);
    *out = node.get();
    return cudaSuccess;
}
cudaError_t cudaGraphAddChildGraphNode(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* after, size_t n,
                                       cudaGraph_t child)
{
    return add_node(node, graph, after, n, std::make_shared<CUgraph_st>(*child));
}
cudaError_t cudaGraphAddEmptyNode(cudaGraphNode_t* node, cudaGraph_t graph, const cudaGraphNode_t* after, size_t n)
{
    return add_node(node, graph, after, n, std::make_shared<CUgraph_st>());
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* out, cudaGraph_t graph, unsigned long long)
{
    auto exec = std::make_unique<CUgraphExec_st>();
    exec->add(*graph);
    const auto& steps = exec->steps;
    std::vector<std::vector<bool>> later;
    for (size_t a = 0; a < steps.size(); a++) later.push_back(exec->later_than(a));
    for (size_t a = 0; a < steps.size(); a++)  // products that may run at the same time need their own workspaces
        for (size_t b = 0; b < a; b++)
            if (steps[a].node && steps[b].node && steps[a].node->workspace && !later[a][b] && !later[b][a] &&
                steps[a].node->workspace == steps[b].node->workspace)
                return failed(cudaErrorInvalidValue, "%s and %s have the same workspace and may run at the same time",
                              steps[a].node->what.c_str(), steps[b].node->what.c_str());
    *out = exec.release();
    return cudaSuccess;
}
cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream)
{
    if (captured && stream == capturing) return failed(cudaErrorStreamCaptureUnsupported, "cudaGraphLaunch");
    std::vector<size_t> missing, ready;
    for (size_t i = 0; i < exec->steps.size(); i++)
    {
        missing.push_back(exec->steps[i].after);
        if (!missing[i]) ready.push_back(i);
    }
    size_t done = 0;
    for (; !ready.empty(); done++)
    {
        auto chosen = ready.begin() + choose(ready.size());
        const auto& step = exec->steps[*chosen];
        ready.erase(chosen);
        if (step.node) step.node->work();
        for (size_t next : step.before)
            if (--missing[next] == 0) ready.insert(std::lower_bound(ready.begin(), ready.end(), next), next);
    }
    return done == exec->steps.size() ? cudaPeekAtLastError() : failed(cudaErrorInvalidValue, "a graph with a cycle");
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    delete exec;
    return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream)
{
    *stream = (cudaStream_t)malloc(1);
    return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) { return cudaStreamCreate(stream); }
cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    free(stream);
    return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) { return not_while_capturing("cudaStreamSynchronize"); }
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned)
{
    return not_while_capturing("cudaStreamWaitEvent");
}
cudaError_t cudaEventCreate(cudaEvent_t* event)
{
    *event = (cudaEvent_t)malloc(1);
    return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) { return cudaEventCreate(event); }
cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return cudaSuccess; }
cudaError_t cudaEventSynchronize(cudaEvent_t) { return not_while_capturing("cudaEventSynchronize"); }
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t, cudaEvent_t)
{
    *milliseconds = 0;
    return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    free(event);
    return cudaSuccess;
}
