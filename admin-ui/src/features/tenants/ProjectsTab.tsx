import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmByName } from '../../components/ConfirmByName';
import { Dialog } from '../../components/Dialog';
import { Icon } from '../../components/Icon';
import { LimitsDialog } from '../../components/limits/LimitsDialog';
import { Panel } from '../../components/Panel';
import { Failure, Fault, Loading } from '../../components/states';
import { answer } from '../../lib/api/client';
import { date } from '../../lib/format';
import { useProjects } from '../../lib/lists';
import { useSession } from '../../lib/session';

/** Projects have keys; an archived one's keys stop. */
export function ProjectsTab({ tenantId, mayChange }: { tenantId: string; mayChange: boolean }) {
  const { within } = useSession();
  const queries = useQueryClient();
  const projects = useProjects(tenantId);
  const [creating, setCreating] = useState(false);
  const [archiving, setArchiving] = useState<{ id: string; name: string }>();
  const [limiting, setLimiting] = useState<{ id: string; name: string }>();
  const changed = () => queries.invalidateQueries({ queryKey: ['projects', tenantId] });
  return (
    <Panel
      title="Projects"
      right={
        mayChange && (
          <Button
            variant="default"
            leftSection={<Icon name="plus" small />}
            onClick={() => {
              setCreating(true);
            }}
          >
            New project
          </Button>
        )
      }
    >
      {projects.isError ? (
        <Failure what="Projects could not be read." error={projects.error} onRetry={() => void projects.refetch()} />
      ) : projects.data === undefined ? (
        <Loading />
      ) : (
        <table>
          <caption className="sr">Projects</caption>
          <thead>
            <tr>
              <th scope="col">Project</th>
              <th scope="col">Made</th>
              <th scope="col" className="number">
                <span className="sr">Acts</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {projects.data.data.map((project) => (
              <tr key={project.id}>
                <td>{project.name}</td>
                <td className="secondary">{date(new Date(project.created_at * 1000))}</td>
                <td className="number">
                  <Button
                    variant="subtle"
                    aria-label={`Limits of ${project.name}`}
                    onClick={() => {
                      setLimiting(project);
                    }}
                  >
                    Limits
                  </Button>
                  {mayChange && project.name !== 'default' && (
                    <Button
                      variant="subtle"
                      onClick={() => {
                        setArchiving(project);
                      }}
                    >
                      Archive
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {creating && (
        <NewProject
          tenantId={tenantId}
          onClose={() => {
            setCreating(false);
            void changed();
          }}
        />
      )}
      {limiting && (
        <LimitsDialog
          place={{ scope: 'project', id: limiting.id, name: limiting.name, tenantId }}
          mayChange={mayChange}
          onClose={() => {
            setLimiting(undefined);
          }}
        />
      )}
      {archiving && (
        <ConfirmByName
          verb="Archive"
          what="project"
          name={archiving.name}
          onClose={() => {
            setArchiving(undefined);
          }}
          act={async () => {
            await answer(
              within(tenantId).POST('/v1/organization/projects/{projectId}/archive', { params: { path: { projectId: archiving.id } } }),
            );
            await changed();
          }}
        >
          <p>All its keys stop working. It cannot be brought back; what it used stays in the books.</p>
        </ConfirmByName>
      )}
    </Panel>
  );
}

function NewProject({ tenantId, onClose }: { tenantId: string; onClose: () => void }) {
  const { within } = useSession();
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () => answer(within(tenantId).POST('/v1/organization/projects', { body: { name } })),
    onSuccess: onClose,
  });
  return (
    <Dialog title="New project" opened onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <TextInput
          data-autofocus
          label="Name"
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <Fault error={create.error} />
        <div className="dialog-buttons">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
            Make the project
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
