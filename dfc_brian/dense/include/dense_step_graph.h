// The objects of a network's time step as one CUDA graph, launched in the steps in which nothing else happens.
#ifndef DENSE_STEP_GRAPH_H
#define DENSE_STEP_GRAPH_H
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>
#include <vector>
#include <cuda_runtime.h>
#include "network.h"

#ifndef CUDA_API_PER_THREAD_DEFAULT_STREAM
#error "dense_step_graph.h needs nvcc --default-stream per-thread: the legacy default stream cannot be captured"
#endif

class DenseStepGraph
{
public:
    struct Node
    {
        codeobj_func run;
        std::vector<int> after;  // earlier nodes whose results it needs, or that need what it overwrites
    };

    // Lets the graph stand in for `nodes`, all objects of the clock `step` that can be captured, in their order. Where
    // another clock ticks too, all objects run one by one, in Brian2's order; so they do in the first steps, in which
    // kernels are loaded and memory is allocated.
    static void install(Network& network, BaseClock& step, std::vector<Node> nodes)
    {
        instance().prepare(network, step, std::move(nodes));
    }

private:
    static constexpr int WARM_UP = 2;          // steps
    static constexpr double EPSILON = 1e-14;   // Clock_epsilon of network.cu
    Network* network = nullptr;
    BaseClock* step = nullptr;
    std::set<BaseClock*> others;
    std::vector<Node> nodes;
    std::vector<std::pair<size_t, codeobj_func>> replaced;  // by the graph: places in network->objects
    int warm = 0;
    bool replaying = false;
    cudaGraphExec_t graph = nullptr;

    static DenseStepGraph& instance()
    {
        static DenseStepGraph instance;
        return instance;
    }
    static void tick() { instance().advance(); }
    static void check(const cudaError_t error, const char* call)
    {
        if (error == cudaSuccess) return;
        fprintf(stderr, "ERROR: the step cannot run as a CUDA graph: %s: %s\n", call, cudaGetErrorString(error));
        exit(1);
    }

    void prepare(Network& new_network, BaseClock& clock, std::vector<Node> new_nodes)
    {
        if (graph) check(cudaGraphExecDestroy(graph), "cudaGraphExecDestroy");
        graph = nullptr;
        network = &new_network, step = &clock, nodes = std::move(new_nodes);
        warm = 0, replaying = false;
        others.clear(), replaced.clear();
        auto& objects = network->objects;
        objects.insert(objects.begin(), {step, tick});
        for (size_t place = 1, node = 0; place < objects.size(); place++)
        {
            auto [of, run] = objects[place];
            if (of != step) others.insert(of);
            else if (node < nodes.size() && run == nodes[node].run) replaced.push_back({place, run}), node++;
        }
        if (replaced.size() == nodes.size()) return;
        fprintf(stderr, "ERROR: the graph of the step is not of this network\n");
        exit(1);
    }

    void advance()
    {
        const bool replay = warm >= WARM_UP && alone();
        if (replay != replaying)
            for (auto [place, run] : replaced) network->objects[place].second = replay ? nullptr : run;
        replaying = replay;
        if (!replay)
        {
            warm++;
            return;
        }
        if (!graph) capture();
        check(cudaGraphLaunch(graph, cudaStreamPerThread), "cudaGraphLaunch");
    }

    bool alone() const  // as Network::next_clocks decides
    {
        double now = step->t[0];
        for (const BaseClock* clock : others) now = std::fmin(now, clock->t[0]);
        for (const BaseClock* clock : others)
            if (std::fabs(clock->t[0] - now) <= EPSILON) return false;
        return true;
    }

    void capture()
    {
        cudaGraph_t whole;
        check(cudaGraphCreate(&whole, 0), "cudaGraphCreate");
        std::vector<cudaGraphNode_t> made;
        for (const Node& node : nodes)
        {
            cudaGraph_t part;
            size_t size;
            check(cudaStreamBeginCapture(cudaStreamPerThread, cudaStreamCaptureModeThreadLocal),
                  "cudaStreamBeginCapture");
            node.run();
            check(cudaStreamEndCapture(cudaStreamPerThread, &part), "cudaStreamEndCapture");
            check(cudaGraphGetNodes(part, nullptr, &size), "cudaGraphGetNodes");
            std::vector<cudaGraphNode_t> after;
            for (const int earlier : node.after) after.push_back(made[earlier]);
            cudaGraphNode_t one;
            check(size ? cudaGraphAddChildGraphNode(&one, whole, after.data(), after.size(), part)
                       : cudaGraphAddEmptyNode(&one, whole, after.data(), after.size()), "cudaGraphAddChildGraphNode");
            check(cudaGraphDestroy(part), "cudaGraphDestroy");
            made.push_back(one);
        }
        check(cudaGraphInstantiate(&graph, whole, 0), "cudaGraphInstantiate");
        check(cudaGraphDestroy(whole), "cudaGraphDestroy");
    }
};
#endif
